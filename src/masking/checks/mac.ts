// Hardware addresses (IEEE 802): those that name one device.

/** Whether an address is neither everybody's nor nobody's; where nothing or points stand between, it must have a letter. */
export function isMacAddress(text: string): boolean {
  const digits = text.replace(/[^0-9A-Fa-f]/g, '')
  return !/^(?:0+|[fF]+)$/.test(digits) && (/[:\s-]/.test(text) || /[A-Fa-f]/.test(digits))
}

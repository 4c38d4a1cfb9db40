// Hardware addresses (IEEE 802): those that name one device.

/** Whether an address is neither everybody's nor nobody's; with points between, a number of letters tells it from one. */
export function isMacAddress(text: string): boolean {
  const digits = text.replace(/[^0-9A-Fa-f]/g, '')
  return !/^(?:0+|[fF]+)$/.test(digits) && (!text.includes('.') || /[A-Fa-f]/.test(digits))
}

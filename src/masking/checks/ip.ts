// IP addresses: the text forms of RFC 4291 section 2.2, where the grammar alone would take too much.

/** Whether a text of the IP grammar is an address (or a prefix) that names a host or a network. */
export function isIpAddress(text: string): boolean {
  const address = text.replace(/[/%].*$/, '')
  return address.includes(':') ? isV6(address) : true
}

// `a::b` is an address to the letter, and a path in C++, Rust or Perl; without a digit it is taken for the path. So is
// a lone digit after `::`, a slice in Python, save for the loopback address.
function isV6(address: string): boolean {
  const [head = '', tail, ...more] = address.split('::')
  if (more.length > 0) return false
  const groups = [...groupsOf(head), ...groupsOf(tail ?? '')]
  if (groups.some((group) => group === '')) return false
  const count = groups.length + (groups.at(-1)?.includes('.') ? 1 : 0)
  if (tail === undefined) return count === 8
  return count <= 7 && (address === '::1' || (/\d/.test(address) && groups.join('').length > 1))
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':')
}

// IP addresses: the text forms of RFC 4291 section 2.2, where the grammar alone takes too much.

/**
 * Whether a text of the IP grammar names a host or a network. `a::b` is an address to the letter, and a path in C++, Rust
 * or Perl: without a digit it is taken for the path. So is a lone digit after `::`, a slice in Python, save for the
 * loopback address.
 */
export function isIpAddress(text: string): boolean {
  const address = text.replace(/[/%].*$/, '')
  const [head = '', tail] = address.split('::')
  if (tail === undefined || address === '::1') return true
  const groups = [head, tail].flatMap((part) => (part === '' ? [] : part.split(':')))
  const count = groups.length + (groups.at(-1)?.includes('.') ? 1 : 0)
  return count <= 7 && /\d/.test(address) && groups.join('').length > 1
}

// IP addresses: the text forms of RFC 4291 section 2.2, where the grammar alone takes too much.

const [ZERO, NINE, COLON, DOT, SLASH, PERCENT] = Array.from('09:./%', (sign) => sign.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
  number,
]

/**
 * Whether a text of the IP grammar names a host or a network. `a::b` is an address to the letter, and a path in C++, Rust
 * or Perl: without a digit it is taken for the path. `1::2` is a slice in Python, save for the loopback
 * address and what a prefix length shows to be a network.
 */
export function isIpAddress(text: string): boolean {
  let groups = 0
  let digits = 0
  let longest = 0
  let length = 0
  let shortened = false
  let dotted = false
  let before = COLON
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === SLASH || unit === PERCENT) break
    length = unit === COLON ? 0 : length + 1
    longest = Math.max(longest, length)
    if (unit === COLON) shortened ||= before === COLON && i > 0
    else {
      if (before === COLON) groups++
      dotted ||= unit === DOT
      if (unit >= ZERO && unit <= NINE) digits++
    }
    before = unit
  }
  if (!shortened || /^::1?(?:$|[/%])/.test(text)) return true
  // What stands after it is written with points, if it is one.
  if (/^::ffff:\d{1,3}$/i.test(text)) return false
  return groups + (dotted ? 1 : 0) <= 7 && digits > 0 && (groups > 2 || longest > 2)
}

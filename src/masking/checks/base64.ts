// Credentials of HTTP's basic scheme (RFC 7617): base64 of a name, a colon and a password.

/** Whether a text is the base64 of printable characters with a colon among them. */
export function isBasicCredentials(text: string): boolean {
  return /^[^\p{Cc}\ufffd:]*:[^\p{Cc}\ufffd]*$/u.test(Buffer.from(text, 'base64').toString('utf8'))
}

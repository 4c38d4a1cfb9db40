// URLs as the configuration takes them: http or https, without user, password, query or fragment.

/** Undefined where the text is none. */
export function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || /[?#]/.test(text))
    return undefined
  return url
}

// Runs in the browser, where sign-in-pages-chromium.test.ts puts it.

/** The contrast of every text with what is behind it (WCAG 2.2, 1.4.3), the least of them. */
globalThis.leastContrast = function leastContrast() {
  const rgb = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const light = (colour) => {
    const [r = 0, g = 0, b = 0] = rgb(colour).map((part) => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at)
      if (rgb(backgroundColor)[3] !== 0) return backgroundColor
    }
    return 'rgb(255, 255, 255)'
  }
  const texts = [...document.querySelectorAll('main *')].filter((each) =>
    [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()),
  )
  return Math.min(
    ...texts.map((element) => {
      const [a, b] = [light(getComputedStyle(element).color), light(behind(element))]
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    }),
  )
}

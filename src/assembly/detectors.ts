// Which detectors there are, for those that may not import masking.
export function detectorFamilies(): { readonly [family: string]: readonly string[] } {
  return {}
}

// International bank account numbers: the length each country registered, and the checksum (ISO 13616, ISO 7064 mod 97-10).

const COUNTRIES =
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
  'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
  'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
  'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 ' +
  // In use without being registered.
  'AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 SN28 TD27 TG28'
const VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < 36; value++) {
  const sign = value.toString(36)
  VALUES[sign.charCodeAt(0)] = value
  VALUES[sign.toUpperCase().charCodeAt(0)] = value
}
/** By the values of the two letters: the length, or 0. */
const LENGTHS = new Uint8Array(36 * 36)
for (const entry of COUNTRIES.split(' ')) LENGTHS[countryOf(entry)] = Number(entry.slice(2))

/** Whether `text` has the length of its country and a right checksum. */
export function isIban(text: string): boolean {
  const length = LENGTHS[countryOf(text)] as number
  if (length === 0 || text.length < length) return false
  const check = Number(text.slice(2, 4))
  if (check < 2 || check > 98) return false
  let count = 0
  let remainder = 0
  let country = 0
  for (let i = 0; i < text.length; i++) {
    const value = valueOf(text.charCodeAt(i))
    if (value < 0) continue
    if (++count > length) return false
    // The country and the check digits count as if they stood at the end.
    if (count <= 4) country = append(country, value)
    else remainder = append(remainder, value) % 97
  }
  if (count < length) return false
  // Letters are two digits each, the check digits one.
  return (remainder * 1_000_000 + country) % 97 === 1
}

function append(number: number, value: number): number {
  return number * (value > 9 ? 100 : 10) + value
}

function countryOf(text: string): number {
  return 36 * valueOf(text.charCodeAt(0)) + valueOf(text.charCodeAt(1))
}

// 0 to 9 for digits, 10 to 35 for letters; -1 for anything else.
function valueOf(unit: number): number {
  return VALUES[unit] ?? -1
}

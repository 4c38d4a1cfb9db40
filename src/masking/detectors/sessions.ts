// What lets in whoever has it: bearer tokens, cookies of sessions, the secrets of one-time codes. Told by where they stand.
import { isSecret } from '../checks/secret.ts'
import { isVaried } from '../checks/variety.ts'
import type { Detector } from '../detector.ts'
import { BEARER, COOKIE, COOKIE_VALUE, givenTo, LONGEST, TOKEN } from './words.ts'

export const sessions: readonly Detector[] = [
  {
    name: 'bearer-token',
    placeholder: '[BEARER_TOKEN]',
    family: 'secrets',
    forms: [{ grammar: new RegExp(`${TOKEN}{16,${LONGEST}}`), after: BEARER }],
    // Only where nothing of it could follow: so one end is looked at, not each before a point.
    notBefore: new RegExp(TOKEN),
    check: isSecret,
    score: 0.9,
    source: 'https://www.rfc-editor.org/rfc/rfc6750#section-2.1',
    found: 'Authorization: Bearer v9.c2k9f0q7w1z8~x3v6b5n4m',
    nearMiss: 'Bearer authentication.is.described.elsewhere',
  },
  {
    name: 'session-cookie',
    placeholder: '[SESSION_COOKIE]',
    family: 'secrets',
    forms: [{ grammar: new RegExp(`${COOKIE_VALUE}{16,${LONGEST}}`), after: COOKIE }],
    notBefore: /[A-Za-z0-9_+/%.~=([-]/,
    check: isSecret,
    score: 0.7,
    source: 'https://www.rfc-editor.org/rfc/rfc6265#section-4.1',
    found: 'Cookie: PHPSESSID=n8v2k4q7w1z8x3c6b5m9t0r2; lang=en',
    nearMiss: 'Cookie: session=none; PHPSESSID=deleted',
  },
  {
    name: 'otp-secret',
    placeholder: '[OTP_SECRET]',
    family: 'secrets',
    forms: [
      {
        grammar: new RegExp(`[A-Z2-7]{16,${LONGEST}}`),
        after: new RegExp(
          `otpauth://[^\\s"'<>]*[?&]secret=|${givenTo('(?:otp|mfa|2fa)_?(?:secret|seed|key)').source}`,
        ),
      },
    ],
    notBefore: /[A-Za-z0-9_+/=%([-]/,
    check: isVaried,
    score: 1,
    source: 'https://github.com/google/google-authenticator/wiki/Key-Uri-Format',
    found: 'otpauth://totp/Example:ada?secret=JBSWY3DPEHPK3PXP&issuer=Example',
    nearMiss: 'otpauth://totp/Example:ada?secret=JBSWY3DP',
  },
]

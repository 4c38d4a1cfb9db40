// The tables of detectors, beyond each row's own example: what a value may stand in, and what is none.
import { getCountries, getExampleNumber } from 'libphonenumber-js/min'
import examples from 'libphonenumber-js/mobile/examples'
import t from 'tap'
import { verifyBounds } from '../../../src/masking/bounds.ts'
import { detectors } from '../../../src/masking/catalogue.ts'
import { createMasker } from '../../../src/masking/engine.ts'
import { atLeast } from '../../../src/masking/detectors/token.ts'

const masked = (name: string, text: string): string => createMasker([name]).mask(text).text

t.test(
  'no detector can hold back more than the engine allows, and each has a near miss of its own',
  async (t) => {
    for (const detector of detectors) t.doesNotThrow(() => verifyBounds(detector), detector.name)
    t.equal(new Set(detectors.map(({ nearMiss }) => nearMiss)).size, detectors.length)
  },
)

t.test('what is masked stays as it is when it is masked again', async (t) => {
  const all = createMasker(detectors.map(({ name }) => name))
  for (const { name, found, nearMiss } of detectors) {
    for (const text of [found, `${nearMiss} ${found}`, `${found},${found}`]) {
      const once = all.mask(text).text
      t.equal(all.mask(once).text, once, name)
    }
  }
})

t.test('a password is masked where it stands, and nothing around it', async (t) => {
  const rows = [
    ['password = "hunter2"', 'password = "[PASSWORD]"'],
    ['{"db_password": "p@ss:w0rd", "port": 5432}', '{"db_password": "[PASSWORD]", "port": 5432}'],
    ['Server=db;Uid=sa;Pwd=Tr0ub4dor&3;Timeout=30', 'Server=db;Uid=sa;Pwd=[PASSWORD]&3;Timeout=30'],
    ['<password>\n  s3cret!\n</password>', '<password>\n  [PASSWORD]\n</password>'],
    ['System.setProperty("DB_PASSWORD", "corr3ct-horse")', 'System.setProperty("DB_PASSWORD", "[PASSWORD]")'],
    ['my password is tr0ub4dor, keep it', 'my password is [PASSWORD], keep it'],
    ["curl --user 'johns:h0pk1ns~21s' https://a.b", "curl --user 'johns:[PASSWORD]' https://a.b"],
    ['mysql -u root:t00r-t00r', 'mysql -u root:[PASSWORD]'],
    ['password = "tr0ub4dor&3;x"', 'password = "[PASSWORD]"'],
    ['"/login?password=hunter2&user=ada"', '"/login?password=[PASSWORD]&user=ada"'],
    ["CREATE USER app IDENTIFIED BY 'tr0ub4dor&3';", "CREATE USER app IDENTIFIED BY '[PASSWORD]';"],
  ] as const
  for (const [text, expected] of rows) t.equal(masked('password', text), expected)
})

t.test('what only stands where a password does is none', async (t) => {
  for (const value of [
    'string',
    'required',
    '********',
    'xxxxxxxx',
    '${DB_PASSWORD}',
    '$PASSWORD',
    '<password>',
    '{{ password }}',
    'getPassword()',
    'process.env.DB_PASS1',
    'config/passwords.yaml',
    'changeme',
    '0x02',
    '"',
  ]) {
    t.equal(masked('password', `password: ${value}`), `password: ${value}`)
  }
})

t.test('of a URL only the password is masked, up to the last at sign before the host', async (t) => {
  const rows = [
    ['postgres://app:s3cr3t@db/orders', 'postgres://app:[URL_PASSWORD]@db/orders'],
    ['amqp://u:p@ss@host:5672', 'amqp://u:[URL_PASSWORD]@host:5672'],
    ['redis://:deadbeef@cache:6379/0', 'redis://:[URL_PASSWORD]@cache:6379/0'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://localhost:8080/a@b', 'http://localhost:8080/a@b'],
    ['https://example.com/a:b@c', 'https://example.com/a:b@c'],
    ['postgres://user:password@localhost/db', 'postgres://user:password@localhost/db'],
    ['mysql://${USER}:${PASS}@db', 'mysql://${USER}:${PASS}@db'],
  ] as const
  for (const [text, expected] of rows) t.equal(masked('url-password', text), expected)
  const all = createMasker(detectors.map(({ name }) => name))
  t.equal(
    all.mask('git clone https://ada:s3cr3t99@example.com/x').text,
    'git clone https://ada:[URL_PASSWORD]@example.com/x',
  )
})

t.test('a secret is told by its name and by its looks', async (t) => {
  const value = 'c2k9f0q7w1z8x3v6b5n4m'
  for (const text of [
    `api_key = "${value}"`,
    `API_KEY=${value}`,
    `"apiKey": "${value}"`,
    `clientSecret := \`${value}\``,
    `$token .= "${value}"`,
    `<token>\n    ${value}\n</token>`,
    `\\"token\\": \\"${value}\\"`,
    `- name: APP_TOKEN\n  value: "${value}"`,
    `var token string = "${value}"`,
    `deploy --token ${value}`,
    `Authorization: Bearer ${value}`,
    `The key is ${value}.`,
    `secret_key_base: ${value}`,
  ]) {
    t.equal(masked('generic-secret', text), text.replace(value, '[GENERIC_SECRET]'))
  }
  for (const text of [
    `primary_key = "${value}"`,
    `commit ${value}`,
    'token = "user.settings.theme.default"',
    'const token = GetOrCreateSessionToken',
    'key: content/themes/default/index.html',
    'token: 1700000000',
    'secret = "your-secret-goes-here-1234"',
    'token = "xxxxxxxxxxxxxxxxxxxxxxxx"',
    'version-key: v1.22.333-beta',
    `[PRIVATE_KEY]: ${value}`,
  ]) {
    t.equal(masked('generic-secret', text), text)
  }
})

t.test('basic credentials are those that decode to a name and a password', async (t) => {
  const credentials = Buffer.from('ada:lovelace').toString('base64')
  t.equal(masked('basic-auth', `authorization: basic ${credentials}`), 'authorization: basic [BASIC_AUTH]')
  const registry = (auth: string): string => JSON.stringify({ auths: { 'ghcr.io': { auth } } })
  t.equal(masked('basic-auth', registry(credentials)), registry('[BASIC_AUTH]'))
  t.equal(masked('basic-auth', registry('required')), registry('required'))
  t.equal(
    masked('basic-auth', 'Basic authentication, BASIC programs'),
    'Basic authentication, BASIC programs',
  )
})

t.test('a token is no stand-in, and no part of a longer word', async (t) => {
  const hex = '0123456789abcdef'.repeat(4)
  t.equal(masked('digitalocean-token', `\\ndop_v1_${hex}\\n`), '\\n[DIGITALOCEAN_TOKEN]\\n')
  t.equal(masked('digitalocean-token', `xdop_v1_${hex}`), `xdop_v1_${hex}`)
  t.equal(masked('digitalocean-token', `dop_v1_${hex}0`), `dop_v1_${hex}0`)
  t.equal(masked('replicate-token', `r8_${'x'.repeat(37)}`), `r8_${'x'.repeat(37)}`)
  t.equal(masked('github-token', `ghp_${'X'.repeat(36)}`), `ghp_${'X'.repeat(36)}`)
  const open = new RegExp(`^${atLeast(5, '[A-Za-z0-9]')}$`)
  for (const text of ['abcde', 'xxabc', 'aXXXX', 'xabcdef']) t.match(text, open)
  for (const text of ['abcd', 'xxxab', 'XXXXXXXX']) t.notMatch(text, open)
})

t.test('what nearly has a token’s form is none, nor what is filled in', async (t) => {
  const rows = [
    ['gitlab-token', 'glrt-t1_0123456789ExampleExample', `glrt-tx_${'x'.repeat(27)}`],
    ['gitlab-token', 'GR13489410123456789Example012', `GR1348941${'123'.repeat(7)}`],
    [
      'slack-token',
      'xoxb-012345678901-ExampleExampleExample1234',
      'xoxb-012345678901-xxxxxxxxxxxxxxxxxxxxxxxx',
    ],
    // Longer or shorter than any that was given out.
    [
      'slack-token',
      'xoxp-012345678901-012345678901-0123456789',
      'xoxp-0123-0123-0123-0123456789Example012345',
    ],
    [
      'slack-token',
      'xoxp-012345678901-012345678901-0123456789',
      'xoxp-012345678901-012345678901-0123456789-###',
    ],
    [
      'telegram-token',
      `0123456789:AA${'0123456789-'.repeat(3)}`,
      `0123456789:AA${'0123456789-'.repeat(3)}-bot`,
    ],
    ['azure-client-secret', `abc8Q~${'0123456789'.repeat(3)}-Ex0`, `4~q8Q~${'0123456789'.repeat(3)}-Ex0~yk0`],
    [
      'sentry-org-token',
      `sntrys_eyJ${'pYXQiOjE2'.repeat(6)}=_${'0123456789'.repeat(4)}abc`,
      `sntrys_eyJ${'pYXQiOjE2'.repeat(6)}=_${'0123456789'.repeat(4)}abcd`,
    ],
    // In every page that uses them.
    [
      'posthog-key',
      `phs_${'0123456789Example'.repeat(3).slice(0, 44)}`,
      `phc_${'0123456789Example'.repeat(3).slice(0, 44)}`,
    ],
  ] as const
  for (const [name, right, wrong] of rows) {
    const { placeholder } = detectors.find((detector) => detector.name === name) ?? { placeholder: '' }
    t.equal(masked(name, `${right} and`), `${placeholder} and`)
    t.equal(masked(name, `${wrong} and`), `${wrong} and`)
  }
})

t.test(
  'what is given as a secret may be the name of a key and the key, or an older token of Vault’s',
  async (t) => {
    for (const value of ['73cd4fa4:57cf41f4', 's.69eBkVvJXINQ6IRqYGhAE40P']) {
      t.equal(masked('generic-secret', `api_token_2: "${value}"`), 'api_token_2: "[GENERIC_SECRET]"')
    }
    for (const value of ['localhost:5432', 'products:featured', 's.themeConfigurationOptions']) {
      t.equal(masked('generic-secret', `key: ${value}`), `key: ${value}`)
    }
  },
)

t.test(
  'a password is found in whatever form it is stored, and in whatever language it is named',
  async (t) => {
    const salted = '0123456789./Example'.repeat(5)
    for (const hash of [
      `$2b$12$${salted.slice(0, 53)}`,
      `$apr1$Exampl01$${salted.slice(0, 22)}`,
      `$6$rounds=5000$Example012345678$${salted.slice(0, 86)}`,
      `$argon2id$v=19$m=65536,t=3,p=4$0123456789Example$${'0123456789+Example/'.repeat(3).slice(0, 43)}`,
    ]) {
      t.equal(masked('password-hash', `root:${hash}:18000:0`), 'root:[PASSWORD_HASH]:18000:0')
    }
    const longer = `$2b$12$${salted.slice(0, 54)}`
    t.equal(masked('password-hash', longer), longer)
    for (const name of ['Mot de passe', 'contraseña', 'Wachtwoord', 'senha', 'Пароль']) {
      t.equal(masked('password', `${name} : Soleil2024`), `${name} : [PASSWORD]`)
    }
  },
)

t.test('numbers that could be anything must be announced', async (t) => {
  const rows = [
    ['ssn', '536904399', 'SSN: 536904399', 'order 536904399'],
    ['itin', '912701234', 'Taxpayer id is 912701234', 'order 912701234'],
    ['npi', '1234567893', 'the NPI number is 1234567893', 'order 1234567893'],
    ['aba-routing', '121000358', 'Routing no. 121000358', 'order 121000358'],
    ['bic', 'DEUTDEFF', 'SWIFT code: DEUTDEFF', 'DEUTDEFF'],
    ['phone', '5551234567', 'call me at 5551234567', 'order 5551234567'],
  ] as const
  for (const [name, value, announced, bare] of rows) {
    const { placeholder } = detectors.find((detector) => detector.name === name) ?? { placeholder: '' }
    t.equal(masked(name, announced), announced.replace(value, placeholder))
    t.equal(masked(name, bare), bare)
  }
})

t.test('what announces a number may stand before it with words between that only connect', async (t) => {
  const rows = [
    ['ssn', 'My social security number, as you asked, is 536904399'],
    ['ssn', '{"customerSsn": "536904399"}'],
    ['itin', 'row.taxpayer_id = 912701234'],
    ['npi', 'NPI of the patient: 1234567893'],
    ['aba-routing', 'The routing number of our office is 121000358.'],
    ['phone', 'I lost my phone, the new number is 601 975 110, please update.'],
    ['phone', 'His number, 2133734253, is out of service.'],
    ['phone', 'phoneNumber: 49751108'],
    ['phone', 'You can text me on 5551234567'],
    ['mac-address', 'MAC address of the client: 001b44113ab7'],
    ['mac-address', 'Its MAC is a9 c5 d4 9f eb d3.'],
  ] as const
  for (const [name, text] of rows) {
    t.match(createMasker([name]).mask(text).findings, [{ detector: name }], text)
  }
  for (const [name, text] of [
    ['ssn', 'My SSN is private. Order 536904399 has shipped.'],
    ['ssn', 'He gave the SSN and then, much later in the day, 536904399'],
    ['phone', 'I lost my hotel key, room 5551234567'],
    ['phone', 'The phone came out on 20240102.'],
    ['phone', '{"callId": "4611686018"}'],
    ['phone', 'a call at 1700000000, or at 1700000000000'],
    ['mac-address', 'hmac: 001b44113ab7'],
    ['mac-address', 'Mac 123456789012'],
    ['ssn', '[SSN] 536904399'],
    ['phone', '[PHONE], 5551234567'],
  ] as const) {
    t.equal(masked(name, text), text)
  }
})

t.test('telephone numbers of every country are found, as its plan writes them abroad', async (t) => {
  for (const country of getCountries()) {
    const number = getExampleNumber(country, examples)
    if (!number) continue
    const dialled = number.number.length > 9 ? [`00${number.number.slice(1)}`] : []
    for (const text of [number.formatInternational(), number.number, ...dialled]) {
      t.equal(masked('phone', `From ${text} today`), 'From [PHONE] today', text)
    }
  }
  for (const text of ['+999 111 222 3333', '+1 (213) 37', 'on 31.12.2024 12:30', 'Phone: 192.168.10.20']) {
    t.equal(masked('phone', text), text)
  }
})

t.test('a section, a version, a browser is no address', async (t) => {
  for (const text of [
    '// 4.2.6.2',
    'RFC 9112 §5.2.1.3',
    'rfc9111.html#section-5.2.2.10',
    'Chrome/120.0.0.0',
    'std::a2::b',
    'x[1::2]',
  ]) {
    t.equal(masked('ip', text), text)
  }
  for (const value of ['1.1.1.1', '8.8.8.8', '120.0.0.1', '::/0', 'fe80::', '2001:db8::', '::1']) {
    t.equal(masked('ip', `to ${value} only`), 'to [IP] only')
  }
})

t.test('checksums and ranges tell numbers apart', async (t) => {
  const rows = [
    ['crypto-address', '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2', '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3'],
    [
      'crypto-address',
      'BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ',
      'Bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
    ],
    [
      'crypto-address',
      '0x683E07492fBDfDA84457C16546ac3f433BFaa128',
      '0x0000000000000000000000000000000000000000',
    ],
    ['mac-address', '00-1A-2B-3C-4D-5E', 'FF-FF-FF-FF-FF-FF'],
    ['mac-address', 'aabb.ccdd.eeff', '1234.5678.9012'],
    ['ip', '2001:db8::1', 'a[1::2]'],
    ['ip', '10.1.2.3', 'version 10.1.2.3'],
    ['iban', 'DE89370400440532013000', 'DE99370400440532013000'],
    // Not as its country registered it; in letters of both cases.
    ['iban', 'VG96VPVG0000012345678901', 'VG46H07Y0223060094359858'],
    ['iban', 'lv80bank0000435195001', 'LV80 bANK 0000 4351 9500 1'],
    ['ip', '::ffff:192.168.1.1', '::ffff:192'],
    ['phone', '532.123.45.67', '253.123.45.67'],
    ['phone', '0306406152', 'ISBN-10: 0306406152'],
    ['medicare-id', '1EG4-TE5-MK73', '1EG4-TE5-OK73'],
  ] as const
  for (const [name, right, wrong] of rows) {
    const { placeholder } = detectors.find((detector) => detector.name === name) ?? { placeholder: '' }
    t.equal(masked(name, right), placeholder)
    t.equal(masked(name, wrong), wrong)
  }
})

// What people paste: tables, logs, configurations, command lines. Each row is a text with the value in angle quotes, and
// the detector that masks it, all others working beside it.
import t, { type Test } from 'tap'
import { builtIn } from '../../../src/masking/catalogue.ts'
import { createMasker } from '../../../src/masking/engine.ts'

const all = createMasker(builtIn.resolve(['all']))

function masks(t: Test, detector: string, rows: readonly string[]): void {
  for (const row of rows) {
    const [before = '', value = '', after = ''] = row.split(/[«»]/)
    const text = before + value + after
    t.strictSame(
      all.mask(text).findings.map(({ detector, start, end }) => [detector, text.slice(start, end)]),
      [[detector, value]],
      text,
    )
  }
}

function passes(t: Test, texts: readonly string[]): void {
  for (const text of texts) t.equal(all.mask(text).text, text)
}

t.test('a table’s column begins after a comma, whatever stands before it', async (t) => {
  masks(t, 'card', ['7,«4111111111111111»,04/27', '21-A2,«378282246310005»,x', '[12,«5105105105105100»]'])
  masks(t, 'phone', ['1,Ada,«212-555-0143»,NY', '12,«030 12345678»,Berlin', 'TEL;TYPE=CELL:«0170-3344556»'])
  passes(t, ['rate 0.4111111111111111', 'at 10:30:212-555-0143'])
})

t.test('a number that begins with a zero is no address', async (t) => {
  masks(t, 'phone', ['fixe «01.42.68.53.00»', 'Tél. «06.12.34.56.78».'])
  masks(t, 'ip', ['to «10.0.0.1», twice', 'at «0.0.0.0/0»'])
})

t.test('what announces a number may own it', async (t) => {
  masks(t, 'phone', ['My number’s «4155552671», thx', "her number's «4155552671»"])
  passes(t, ["the order's 4155552671"])
})

t.test('telephone numbers stand right after a word where words have no spaces between', async (t) => {
  masks(t, 'phone', ['手机号«13812345678»,', '我的电话是«13812345678»。', '전화 «021234567»'])
  passes(t, ['订单号13812345678,'])
})

t.test('a card’s code is masked where it is announced', async (t) => {
  masks(t, 'card-code', ['CVV «311»', '"cvc": "«737»"', '&cvv2=«1234»&', 'card security code is «042»'])
  passes(t, ['CVE 2024', 'the security code of 2024', 'cvv: 31', 'CVV 12345'])
})

t.test('a bearer token may have points and tildes', async (t) => {
  const token = 'v9.Kq2ZmX7vLp4TnYb1Wc6~hJ3gD5sA0fEuIoXz'
  masks(t, 'bearer-token', [`Authorization: Bearer «${token}»`, `sent with "Bearer «${token}»".`])
  t.equal(all.mask(`Bearer ${`${token}.`.repeat(5)}x and`).text, 'Bearer [LONG_SECRET] and')
  passes(t, ['Bearer authentication.is.described.elsewhere', 'Bearer tokens.'])
})

t.test('a secret between quotes may have marks, and be bytes', async (t) => {
  masks(t, 'quoted-secret', [
    "SECRET_KEY = '«django-insecure-7v^2$k!x@m0q9#z&l4r8t6y1w3n5b(c_h+j=g-f*d»'",
    `"clientSecret": "«Xq8~kLm2Zp7.RvTnYb1Wc6hJ3gD5»"`,
  ])
  masks(t, 'generic-secret', [
    'var secretKey = []byte("«kT7vQ2xLm9Zp4RnYb1Wc»")',
    "SECRET_KEY = b'«kT7vQ2xLm9Zp4RnYb1Wc»'",
    "const secret = Buffer.from('«kT7vQ2xLm9Zp4RnYb1Wc»', 'base64')",
    'APP_KEY=«base64:Qm9vZ2llV29vZ2llMTIzNDU2Nzg5MDEyMzQ1Njc4OTA=»',
  ])
  passes(t, [
    'secret: "{{ .Values.auth.existingSecret }}"',
    'secret = "settings.application.secret.name"',
    'APP_KEY=base64:',
    'key = bytes("utf8")',
  ])
})

t.test('a password stands on command lines, and is called by other names', async (t) => {
  masks(t, 'password', [
    'mysql -u root -p«S3cretRoot1» -h db1 orders',
    'docker login -u acme -p «Sup3rD0ck3r» registry.example.com',
    "sshpass -p '«Hoppity99»' ssh ops@host",
    'redis-cli -h cache -a «Str0ngRedisPw» ping',
    'ldapsearch -D cn=admin -w «Adm1nLdap!» -b dc=example',
    'net user ada «N3tUs3r!pw» /add',
    'ConvertTo-SecureString "«P0werSh3ll!»" -AsPlainText',
    'pw is «Gr33nTr33s!42»',
    'DB_PW=«Gr33nTr33s»',
    'Kennwort: «Sonne2024»',
  ])
  masks(t, 'url-password', ['jdbc:oracle:thin:scott/«t1ger99»@//orahost:1521/ORCL'])
  passes(t, [
    'mysql -u root -p orders2',
    'docker run --name mysql -p 3306:3306 mysql',
    'mkdir -p /srv/app1',
    'net user ada /active:no',
    'jdbc:oracle:thin:@//orahost:1521/ORCL',
  ])
})

t.test('keys are keys in base64 and in base58, too', async (t) => {
  const key = (kind: string): string =>
    Buffer.from(`-----BEGIN ${kind}PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v\n-----END`).toString(
      'base64',
    )
  masks(t, 'private-key', [
    ...['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED '].map((kind) => `  tls.key: «${key(kind)}»\n`),
    `client-key-data: «${key('').replace(/.{60}/, '$&\n    ')}»\nuser: a`,
  ])
  masks(t, 'crypto-key', [
    '«xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi»',
    'wif «KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn»',
  ])
  passes(t, [
    `tls.crt: ${Buffer.from('-----BEGIN CERTIFICATE-----\nMIIBdzCCAR2gAwIBAgIU').toString('base64')}`,
    'KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWo',
  ])
})

t.test('passwords are hashed in many ways', async (t) => {
  masks(t, 'password-hash', [
    'ada:«$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7»:19800',
    'user_pass «$P$B12345678Example./01234567890ab»',
    '«pbkdf2_sha256$600000$Kq2ZmX7vLp4T$Yb1Wc6hJ3gD5sA0fEuIoXzVbM8kQ8xLm2Zp7RvTnYb1=»',
    'userPassword: «{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g8QX0b»',
    "IDENTIFIED BY PASSWORD '«*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19»'",
    'Administrator:500:«aad3b435b51404eeaad3b435b51404ee:31d6cfe0d16ae931b73c59d7e0c089c0»:::',
  ])
  passes(t, ['$y$j9T$short', '{SHA}', '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19'])
})

t.test('what lets in by itself: one-time codes’ secrets, cookies of sessions, signed URLs', async (t) => {
  masks(t, 'otp-secret', [
    'otpauth://totp/Acme:ada?secret=«KVKFKRCPNZQUYMLX»&issuer=Acme',
    'TOTP_SECRET=«JBSWY3DPEHPK3PXP»',
  ])
  masks(t, 'session-cookie', [
    'Cookie: session=«Kq2ZmX7vLp4TnYb1Wc6hJ3gD5sA0»; lang=de',
    'Set-Cookie: JSESSIONID=«A1F8C09B37D24E5586AA0B1C2D3E4F50»; Path=/',
    'connect.sid=«s%3AnKq2ZmX7vLp4TnYb1Wc6hJ3gD5sA0fEu.IoXzVbM8kQ8xLm2Zp7RvTnYb1Wc6hJ3gD5sA0fEuIoX»',
  ])
  masks(t, 'long-secret', [`laravel_session=«${'Kq2ZmX7vLp4TnYb1Wc6hJ3g%2B'.repeat(8)}»;`])
  masks(t, 'presigned-url', [`https://b.example/x?«X-Goog-Signature=${'0123456789abcdef'.repeat(16)}»&y`])
  passes(t, ['session=anonymous-visitor-session', 'sessionId = getSessionId()'])
})

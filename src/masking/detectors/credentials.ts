// Secrets that have no format of their own: told by where they stand. Only the value is masked, what announces it stays.
import { isBasicCredentials } from '../checks/base64.ts'
import { isPassword, isUrlPassword } from '../checks/password.ts'
import { isSecret } from '../checks/secret.ts'
import { isVaried } from '../checks/variety.ts'
import type { Detector } from '../detector.ts'
import { BEARER, COOKIE, COOKIE_VALUE, givenTo, inAnyCase, LONGEST, quotedFor, TOKEN, USER } from './words.ts'

const PASSWORDS = [
  'password',
  'passwd',
  'passwort',
  'passphrase',
  'passcode',
  'passw',
  'pwd',
  'pass',
  'pw',
].concat(
  // German, French, Spanish, Portuguese, Dutch, Italian, Polish, Swedish, Russian.
  ['kennwort', 'mot de passe', 'contrase[ñn]a', 'senha', 'wachtwoord', 'parola', 'hasło', 'lösenord'],
  ['[Пп]ароль'],
)
// CREATE USER … IDENTIFIED BY '…'
const SQL = `${inAnyCase('identified by')} ["']`
// curl -u name:password
const CURL = `\\s(?:-u|--user)[\\s=]+["']*[^\\s:"']*["']*:["'{]*`
// mysql -u root -pX, docker login -u ada -p X, sshpass -p X, redis-cli -a X, ldapsearch -w X, net user ada X;
// ConvertTo-SecureString "X"
const SHELL =
  `(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\\s[^\\n|;&]*\\s-p["']?|` +
  `(?:\\slogin\\s[^\\n|;&]*\\s-p|sshpass\\s+-p|redis-cli\\s[^\\n|;&]*-a|ldap[a-z]{3,12}\\s[^\\n|;&]*\\s-w)[\\s=]*["']?|` +
  `net\\suser\\s+[^\\s/]+\\s+`
const POWERSHELL = `${inAnyCase('convertto-securestring')}\\s+(?:-[Ss]tring\\s+)?["']`
// jdbc:oracle:thin:name/password@host
const ORACLE = 'jdbc:oracle:(?:thin|oci8?):[^\\s/@:]*/'
const SECRETS = [
  'token',
  'secret',
  'key',
  'key_?base',
  'credentials?',
  'creds',
  '[_-]auth',
  'authorization',
  'jwt',
  // SonarQube's, where a token may stand.
  'sonar[._]login',
]
// Keys that everybody may see, and tokens that are none.
const NO_SECRETS = ['(?:public|primary|foreign|csrf|page)[_ -]?(?:key|token)']
const VALUE = '[A-Za-z0-9_+/=%-]'
const BASIC = `${inAnyCase('basic')}\\s+`
// In a container registry's configuration file, what the scheme has stands by itself.
const REGISTRY = '["\']_?auth["\']?\\s*[:=]\\s*["\']'
// A name, or a scheme of HTTP (RFC 9110, section 11.6.2).
const ANNOUNCED = new RegExp(`${givenTo(...SECRETS).source}|${BASIC}|${BEARER.source}`)
// Base64 of crypt(5).
const CRYPT = '[./A-Za-z0-9]'

export const credentials: readonly Detector[] = [
  {
    name: 'url-password',
    placeholder: '[URL_PASSWORD]',
    family: 'secrets',
    // What stands between the user's name and the at sign: the last one before the host's name.
    forms: [
      { grammar: /[^\s/@"'`<>[\]][^\s/"'`<>[\]]{0,62}/u, after: new RegExp(`${USER.source}|${ORACLE}`) },
    ],
    notBefore: /[^@]/,
    check: isUrlPassword,
    score: 0.9,
    source: 'https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1',
    found: 'postgres://app:s3cr3tpassw@db.internal:5432/orders',
    nearMiss: 'http://localhost:8080/path and postgres://app:${PASSWORD}@db:5432',
  },
  {
    name: 'basic-auth',
    placeholder: '[BASIC_AUTH]',
    family: 'secrets',
    forms: [
      { grammar: new RegExp(`[A-Za-z0-9+/]{4,${LONGEST}}={0,2}`), after: new RegExp(`${BASIC}|${REGISTRY}`) },
    ],
    notBefore: /[A-Za-z0-9+/=_[-]/,
    check: isBasicCredentials,
    score: 1,
    source: 'https://www.rfc-editor.org/rfc/rfc7617#section-2',
    found: 'Authorization: Basic YWRhOmxvdmVsYWNl',
    nearMiss: 'Basic authentication in BASIC programs',
  },
  {
    name: 'password',
    placeholder: '[PASSWORD]',
    family: 'secrets',
    forms: [
      {
        grammar: new RegExp(`[^\\s"'\`\\\\;,&|<>(){}[\\]]{4,${LONGEST}}`, 'u'),
        after: new RegExp(`${givenTo(...PASSWORDS).source}|${CURL}|${SHELL}`),
      },
      // Between quotes it may hold what ends it elsewhere.
      {
        grammar: new RegExp(`[^\\s"'\`\\\\<>{}[\\]]{4,${LONGEST}}`, 'u'),
        after: new RegExp(`${quotedFor(...PASSWORDS).source}|${SQL}|${POWERSHELL}`),
      },
    ],
    // Nor before a placeholder: so what is masked already stays as it is.
    notBefore: /[^\s"'`\\;,&|<>){}\]]/,
    check: isPassword,
    score: 0.7,
    source: 'https://cwe.mitre.org/data/definitions/798.html',
    found: 'Server=db;User Id=sa;Password=Tr0ub4dor&3;',
    nearMiss: 'password: string, password = getPassword(), PASSWORD=${DB_PASSWORD}, password: required',
  },
  {
    name: 'aws-secret',
    placeholder: '[AWS_SECRET]',
    family: 'secrets',
    forms: [{ grammar: /[A-Za-z0-9/+]{40}/, after: givenTo('secret[_-]?access[_-]?key', 'aws[_-]?secret') }],
    notBefore: /[A-Za-z0-9/+=]/,
    check: isVaried,
    score: 1,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html',
    found: 'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    nearMiss: 'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG',
  },
  {
    name: 'password-hash',
    placeholder: '[PASSWORD_HASH]',
    family: 'secrets',
    forms: [
      // bcrypt; MD5, SHA-256 and SHA-512 with salt; yescrypt; phpass; Argon2; Django's; LDAP's (RFC 2307); MySQL's; Windows'.
      { grammar: new RegExp(`\\$2[abxy]\\$[0-9]{2}\\$${CRYPT}{53}`) },
      { grammar: new RegExp(`\\$(?:1|apr1)\\$${CRYPT}{1,8}\\$${CRYPT}{22}`) },
      { grammar: new RegExp(`\\$5\\$(?:rounds=[0-9]{1,9}\\$)?${CRYPT}{1,16}\\$${CRYPT}{43}`) },
      { grammar: new RegExp(`\\$6\\$(?:rounds=[0-9]{1,9}\\$)?${CRYPT}{1,16}\\$${CRYPT}{86}`) },
      { grammar: new RegExp(`\\$g?y\\$${CRYPT}{1,32}\\$${CRYPT}{0,86}\\$${CRYPT}{43}`) },
      { grammar: new RegExp(`\\$[PH]\\$${CRYPT}{31}`) },
      {
        grammar:
          /pbkdf2_sha(?:1|256)\$[0-9]{1,9}\$[A-Za-z0-9]{1,64}\$(?:[A-Za-z0-9+/]{43}|[A-Za-z0-9+/]{27})=/,
      },
      { grammar: /\{S?(?:SHA|MD5|SHA256|SHA512)\}[A-Za-z0-9+/]{22,160}={0,2}/ },
      { grammar: /\*[0-9A-F]{40}/, after: /[Pp](?:ASSWORD|assword) ["']/ },
      { grammar: /[0-9a-f]{32}:[0-9a-f]{32}/, after: /:[0-9]{3,10}:/ },
      {
        grammar:
          /\$argon2(?:id|i|d)\$v=[0-9]{1,3}\$m=[0-9]{1,10},t=[0-9]{1,10},p=[0-9]{1,5}\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{16,88}/,
      },
    ],
    notBefore: /[A-Za-z0-9./+=]/,
    score: 1,
    source: 'https://manpages.debian.org/stable/libcrypt-dev/crypt.5.en.html',
    found: `ada:$2b$12$${'0123456789./Example'.repeat(3).slice(0, 53)}`,
    nearMiss: 'ada:$2b$12$0123456789./Example',
  },
  {
    name: 'generic-secret',
    placeholder: '[GENERIC_SECRET]',
    family: 'secrets',
    forms: [
      {
        // Or the name of a key and the key; a token of HashiCorp Vault's as they were up to its version 1.9; what says of
        // itself that it is base64.
        grammar: new RegExp(
          `${VALUE}{10,${LONGEST}}|[A-Za-z0-9]{8,64}:[A-Za-z0-9]{8,64}|[bs]\\.[A-Za-z0-9]{24}|base64:${VALUE}{16,${LONGEST}}`,
        ),
        after: ANNOUNCED,
        notAfter: givenTo(...NO_SECRETS),
      },
    ],
    notBefore: /[A-Za-z0-9_+/=%([-]/,
    check: isSecret,
    score: 0.7,
    source: 'https://cwe.mitre.org/data/definitions/798.html',
    found: 'api_key = "c2k9f0q7w1z8x3v6b5n4m"',
    nearMiss: 'primary_key = "c2k9f0q7w1z8x3v6b5n4m", token: authentication.service.name',
  },
  {
    name: 'quoted-secret',
    placeholder: '[QUOTED_SECRET]',
    family: 'secrets',
    // Between quotes, what generators use beside letters and digits needs no other proof.
    forms: [
      {
        grammar: new RegExp(`[A-Za-z0-9!#$%&()*+.=?@^_~-]{20,${LONGEST}}`),
        after: quotedFor('secret(?:_?key)?'),
      },
    ],
    notBefore: /[^"'`\\]/,
    check: isSecret,
    score: 0.7,
    source: 'https://cwe.mitre.org/data/definitions/798.html',
    found: `SECRET_KEY = '7v^2$k!x@m0q9#z&l4r8t6y1w3n5b(c_h+j=g-f*d'`,
    nearMiss: "SECRET_KEY = 'settings.application.secret.name'",
  },
  {
    name: 'long-secret',
    placeholder: '[LONG_SECRET]',
    family: 'secrets',
    forms: [
      {
        grammar: new RegExp(`${VALUE}{${LONGEST + 1},}`),
        after: new RegExp(`${ANNOUNCED.source}|${givenTo(...PASSWORDS).source}`),
        notAfter: givenTo(...NO_SECRETS),
      },
      { grammar: new RegExp(`${TOKEN}{${LONGEST + 1},}`), after: BEARER },
      { grammar: new RegExp(`${COOKIE_VALUE}{${LONGEST + 1},}`), after: COOKIE },
    ],
    score: 0.7,
    source: 'https://cwe.mitre.org/data/definitions/798.html',
    found: `signing_key: ${'c2k9f0q7w1z8x3v6b5n4m'.repeat(6)}`,
    nearMiss: `public_key: ${'c2k9f0q7w1z8x3v6b5n4m'.repeat(6)}`,
  },
]

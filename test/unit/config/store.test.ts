// Where the store is: a folder, or a database, whose address is checked without being shown.
import t from 'tap'
import { inspectConfig, problemLine } from '../../../src/config/load.ts'

const REST = `
identity: { issuer: https://idp.example.com, client_id: sluice }
models: [{ name: m, dialect: openai-chat, upstream: http://127.0.0.1:9000/v1 }]
policy: [{ rule: r, models: [m], groups: ["*"], mask: { request: [], reply: [] } }]
`

function inspect(store: string, files: readonly string[] = []) {
  const { config, problems } = inspectConfig(`${store}\n${REST}`, {
    file: '/etc/sluice/sluice.yaml',
    env: { PASSWORD: 'hunter2' },
    readFile: (path) => {
      if (files.includes(path)) return 'text'
      throw Object.assign(new Error('no'), { code: 'ENOENT' })
    },
  })
  return {
    store: config?.store,
    problems: problems.map((problem) => `${problem.severity} ${problemLine(problem, 'sluice.yaml')}`),
  }
}

t.test('a database, with its password from elsewhere', async (t) => {
  t.same(inspect('store: postgres://sluice:${env:PASSWORD}@db.example.com/ledger'), {
    store: {
      url: 'postgres://sluice:hunter2@db.example.com/ledger',
      keyPath: '/etc/sluice/.sluice/ledger.key',
    },
    problems: [],
  })
})

t.test('the key and the certificate are paths like any other', async (t) => {
  const store =
    'store: postgres://sluice@db/ledger?sslmode=verify-full&sslrootcert=ca.pem\nledger_key: keys/ledger'
  t.same(inspect(store, ['/etc/sluice/ca.pem']), {
    store: {
      url: 'postgres://sluice@db/ledger?sslmode=verify-full&sslrootcert=%2Fetc%2Fsluice%2Fca.pem',
      keyPath: '/etc/sluice/keys/ledger',
    },
    problems: [],
  })
  t.same(inspect(store).problems, [
    'error sluice.yaml:1:8  store: names a sslrootcert that does not exist: /etc/sluice/ca.pem',
  ])
})

t.test('what is wrong or unwise is said, without the address', async (t) => {
  const cases: readonly (readonly [store: string, problem: RegExp])[] = [
    ['postgres://db:99999/x', /^error .* must be postgres:\/\/USER:PASSWORD@HOST:PORT\/DATABASE/],
    ['postgres://db.example.com/x', /^error .* must be postgres:/],
    ['postgres://a:p%zz@db/x', /^error .* must be postgres:/],
    ['postgres://a@db/x?sslmode=prefer', /^error .* must have an sslmode of: disable, verify-full$/],
    [
      'postgres://a@db/x?target=any',
      /^error .* has an unknown parameter target; allowed: sslmode, sslrootcert$/,
    ],
    ['postgres://a@db/x?sslmode=disable', /^warning .* goes without TLS beyond loopback/],
    ['postgres://a:hunter2@db/x', /^warning .* a password stands in the file itself; use \$\{env:NAME\}/],
  ]
  for (const [store, problem] of cases) {
    const { problems } = inspect(`store: ${store}`)
    t.match(problems, [problem], store)
    t.notMatch(problems.join(), 'hunter2')
  }
  t.same(inspect('ledger_key: k').problems, [
    'error sluice.yaml:1:13  ledger_key: is for a store in a database: a folder holds its own ledger.key',
  ])
})

// The shape of sluice.yaml. What a key means stands here once: the published JSON Schema and the error texts come from it.
import * as z from 'zod'
import { dialectNames } from '../dialects/all.ts'
import { masking } from './masking-schema.ts'
import { flag, keys, list, NAME, oneOf, patience, text } from './shapes.ts'

const spoken = dialectNames as readonly [string, ...string[]]

const url = 'a URL such as https://idp.example.com'
const detectors =
  'Names of detectors or of families of them (personal, secrets, all); [] masks nothing, explicitly.'
const file = 'Path of a PEM file, relative to this file.'

const model = keys(
  {
    name: text(
      'a name of letters, digits and . _ : / -',
      'What callers ask for, and what entries carry.',
      NAME,
    ),
    dialect: z
      .union([z.enum(spoken), z.array(z.enum(spoken)).min(1)], {
        error: `one of: ${spoken.join(', ')}, or a list of them`,
      })
      .meta({ description: 'The API that the model server speaks, or a list of those.' }),
    upstream: text(
      'a URL such as http://127.0.0.1:9000/v1',
      'Base URL of the model server: what stands before /chat/completions. Paths of Ollama’s stand beside a /v1 at its end.',
    ),
    upstream_model: text('a name', "The model server's own name for it, where it differs.").optional(),
    context_length: z
      .int({ error: 'a whole number such as 131072' })
      .min(1, { error: 'a whole number such as 131072' })
      .meta({ description: 'How many tokens it takes, for the tools that ask; editors cut prompts to it.' })
      .optional(),
    credentials: keys(
      {
        bearer: text('a text', 'Sent as Authorization: Bearer …').optional(),
        header: text(
          'the name of an HTTP header',
          'Sent in this header instead.',
          /^[A-Za-z0-9-]+$/,
        ).optional(),
        value: text('a text', 'What that header holds.').optional(),
      },
      "The gateway's own credentials at the model server; callers never see them.",
    )
      .meta({ oneOf: [{ required: ['bearer'] }, { required: ['header', 'value'] }] })
      .optional(),
  },
  'A model that the gateway serves.',
)

const rule = keys(
  {
    rule: text(
      'a name of letters, digits and . _ : / -',
      'The name that entries carry when this rule decided.',
      NAME,
    ),
    models: list('model names or ["*"]', 'The models that it is about, or ["*"] for all.').min(1, {
      error: 'a list with at least one model, or ["*"]',
    }),
    groups: list('group names or ["*"]', 'Who may use them, or ["*"] for everyone signed in.').min(1, {
      error: 'a list with at least one group, or ["*"] for everyone signed in',
    }),
    mask: keys(
      {
        request: list('detectors or []', `What is masked on the way to the model. ${detectors}`),
        reply: list('detectors or []', `What is masked on the way back. ${detectors}`),
      },
      'What is masked, by direction. Both directions are named, so that nothing is unguarded by omission.',
    ),
  },
  'The first rule that names the model and one of the groups of the person decides; where none does, the request is denied.',
)

export const configSchema = keys(
  {
    listen: text(
      'HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080',
      'Address that the gateway listens on.',
      /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/,
    ).default('127.0.0.1:8080'),
    public_url: text(
      url,
      'What browsers and CLIs use; https beyond loopback. On loopback it follows from `listen`.',
    ).optional(),
    tls: keys(
      {
        cert: text('the path of a PEM file', `Certificate chain. ${file}`),
        key: text('the path of a PEM file', `Private key. ${file}`),
      },
      'Certificate of the gateway; needed where it listens beyond loopback. Reloaded when the files change.',
    ).optional(),
    behind_tls_proxy: flag(
      'TLS ends at a proxy in front of the gateway: the gateway itself speaks plain HTTP to it.',
    ).default(false),
    store: text(
      'the path of a folder, or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
      "Folder of the store and of the ledger's key, relative to this file; or the PostgreSQL database that several gateways share.",
    ).default('.sluice'),
    ledger_key: text(
      'the path of a file',
      "File of the ledger's signing key, where the store is a database: the same one at every gateway. By default .sluice/ledger.key.",
    ).optional(),
    ledger: keys(
      {
        witnesses: z
          .array(
            keys(
              {
                url: text(
                  'a URL such as https://witness.example.com',
                  'Where it is: what stands before /add-checkpoint.',
                ),
                vkey: text(
                  'a witness’s key: name+hash+key',
                  'Its key, as `sluice audit witness` prints it.',
                  /^[^+\s]+\+[0-9a-f]{8}\+B[A-P][A-Za-z0-9+/]{42}$/,
                ),
              },
              'A witness of the ledger.',
            ),
            { error: 'a list of witnesses' },
          )
          .meta({ description: 'Who is asked to cosign the ledger’s checkpoints (C2SP tlog-witness).' })
          .default([]),
      },
      'How others vouch for the ledger.',
    ).default({ witnesses: [] }),
    identity: keys(
      {
        issuer: text(url, "The company's OpenID Connect issuer; http only on loopback."),
        client_id: text('a text', 'The client that the issuer knows sluice by.'),
        client_secret: text('a text', 'Its secret; leave it out for a public client.').optional(),
        scopes: list('scopes', 'What to ask the issuer for; openid is needed.').default([
          'openid',
          'profile',
          'email',
        ]),
        groups_claim: text('the name of a claim', 'The claim that lists the groups of a person.').default(
          'groups',
        ),
      },
      'Who says who people are.',
    ),
    roles: keys(
      {
        auditor: list('group names', "Groups that may read everyone's entries.").default([]),
        eraser: list('group names', 'Groups that may erase whose entries are, by a recent sign-in.').default(
          [],
        ),
      },
      'Which groups hold a role at the gateway.',
    ).default({ auditor: [], eraser: [] }),
    models: z
      .array(model, { error: 'a list of models' })
      .min(1, { error: 'a list with at least one model' })
      .meta({ description: 'The models that the gateway serves.' }),
    policy: z
      .array(rule, { error: 'a list of rules' })
      .min(1, { error: 'a list with at least one rule; without one nobody may use a model' })
      .meta({
        description: 'Who may use which model, and what is masked. The first rule that fits decides.',
      }),
    masking,
    limits: keys(
      {
        body: text('a size such as 32MiB', 'Largest request body.', /^[1-9]\d*\s*(B|KiB|MiB|GiB)$/).default(
          '32MiB',
        ),
        bodies: text(
          'a size such as 256MiB',
          'Most bytes of request bodies held at once; beyond it requests are told to come again.',
          /^[1-9]\d*\s*(B|KiB|MiB|GiB)$/,
        ).default('256MiB'),
        drain: text(
          'a duration such as 30s',
          'How long streams may go on once the gateway was told to stop.',
          /^\d+\s*(ms|s|m)$/,
        ).default('30s'),
        receive: patience('How long a caller may take to send a request.').default('2m'),
        stall: patience('How long a caller may leave a reply unread before it is ended.').default('10m'),
        connections: z
          .int({ error: 'a whole number such as 10000' })
          .min(1, { error: 'a whole number such as 10000' })
          .meta({ description: 'The most connections that are open at once.' })
          .default(10_000),
        upstream_first_byte: patience(
          'How long a model server may take until its reply begins: a whole reply begins when it is done.',
        ).default('10m'),
        upstream_silence: patience(
          'How long a model server may send nothing in the middle of a reply.',
        ).default('5m'),
        upstream_total: patience(
          'How long a model server may take in all, however steadily it sends.',
        ).default('60m'),
      },
      'Bounds of the gateway.',
    ).prefault({}),
    log: keys(
      {
        level: oneOf(['debug', 'info', 'warn', 'error'], 'The least severe line that is logged.').default(
          'info',
        ),
      },
      'Logs, JSON lines on stderr: request ids, never content.',
    ).default({ level: 'info' }),
  },
  'Configuration of the sluice gateway.',
)

/** The file's content, checked for shape, with the defaults filled in. */
export type ConfigFile = z.output<typeof configSchema>

/** The published JSON Schema of the file (docs/sluice.schema.json). A reference may stand where a pattern rules. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.pattern) jsonSchema.pattern = `${jsonSchema.pattern}|\\$\\{(env|file):[^}]+\\}`
    },
  })
  return { title: 'sluice.yaml', ...schema }
}

// Secrets in lines of code and configuration, by the rule that must find them: gitleaks' own cases.
import { createMasker } from '../../../src/masking/engine.ts'
import { detectors } from '../../../src/masking/catalogue.ts'
import { labelled } from './labelled.ts'
import { Tally, type Score } from './score.ts'

interface Rule {
  readonly rule: string
  readonly must_find: readonly string[]
  readonly must_not_fire: readonly string[]
}

// What a rule is called here, by the beginning of its name; all other rules look for a vendor's name beside something
// random, which is what the detectors of assignments find by themselves.
const COUNTERPARTS: readonly (readonly [rule: RegExp, ...detectors: readonly string[]])[] = [
  [/^1password-secret/, 'onepassword-key'],
  [/^1password/, 'onepassword-token'],
  [/^adobe-client-secret/, 'adobe-secret'],
  [/^age-/, 'age-key'],
  [/^airtable-personn/, 'airtable-token'],
  [/^alibaba-access/, 'alibaba-key'],
  [/^aws-amazon.*short/, 'aws-bedrock-session-key'],
  [/^aws-amazon/, 'aws-bedrock-key'],
  [/^aws-/, 'aws-key'],
  [/^azure-/, 'azure-client-secret'],
  [/^anthropic-/, 'anthropic-key'],
  [/^artifactory-/, 'artifactory-key'],
  [/^authress/, 'authress-key'],
  [/^cisco-/, 'generic-secret'],
  [/^clickhouse/, 'clickhouse-key'],
  [/^clojars/, 'clojars-token'],
  [/^cloudflare-origin/, 'cloudflare-key'],
  [
    /^curl-auth-header/,
    'basic-auth',
    'jwt',
    'openshift-token',
    'openai-key',
    'generic-secret',
    'long-secret',
  ],
  [/^curl-auth-user/, 'password'],
  [/^databricks/, 'databricks-token'],
  [/^defined/, 'definednetworking-key'],
  [/^digitalocean/, 'digitalocean-token'],
  [/^doppler/, 'doppler-token'],
  [/^duffel/, 'duffel-token'],
  [/^dynatrace/, 'dynatrace-token'],
  [/^easypost/, 'easypost-key'],
  [/^facebook-secret/, 'generic-secret'],
  [/^facebook/, 'facebook-token'],
  [/^flutterwave/, 'flutterwave-key'],
  [/^flyio/, 'fly-token'],
  [/^frameio/, 'frameio-token'],
  [/^gcp/, 'google-key'],
  [/^github/, 'github-token'],
  [/^gitlab/, 'gitlab-token'],
  [/^gocardless/, 'gocardless-token'],
  [/^grafana/, 'grafana-key'],
  [/^harness/, 'harness-key'],
  [/^hashicorp/, 'terraform-token'],
  [/^heroku-api-key-v2/, 'heroku-key'],
  [/^huggingface/, 'huggingface-token'],
  [/^infracost/, 'infracost-key'],
  [/^intra42/, 'intra-secret'],
  [/^jwt/, 'jwt'],
  [/^linear-api/, 'linear-key'],
  [/^lob/, 'lob-key'],
  [/^mailchimp/, 'mailchimp-key'],
  [/^mailgun/, 'mailgun-key'],
  [/^mapbox/, 'mapbox-token'],
  [/^microsoft-teams/, 'teams-webhook'],
  [/^new-relic-user-api-id/, 'generic-secret'],
  [/^new-relic/, 'newrelic-key'],
  [/^notion/, 'notion-token'],
  [/^npm/, 'npm-token'],
  [/^octopus/, 'octopus-key'],
  [/^openai/, 'openai-key'],
  [/^openshift/, 'openshift-token'],
  [/^perplexity/, 'perplexity-key'],
  [/^plaid-api/, 'plaid-token'],
  [/^planetscale/, 'planetscale-token'],
  [/^postman/, 'postman-key'],
  [/^prefect/, 'prefect-key'],
  [/^private-key/, 'private-key'],
  [/^pulumi/, 'pulumi-token'],
  [/^pypi/, 'pypi-token'],
  [/^readme/, 'readme-key'],
  [/^rubygems/, 'rubygems-key'],
  [/^scalingo/, 'scalingo-token'],
  [/^sendgrid/, 'sendgrid-key'],
  [/^sendinblue/, 'brevo-key'],
  [/^sentry-org/, 'sentry-org-token'],
  [/^sentry-user/, 'sentry-token'],
  [/^settlemint/, 'settlemint-token'],
  [/^shippo/, 'shippo-token'],
  [/^shopify/, 'shopify-token'],
  [/^sidekiq-sensitive/, 'url-password'],
  [/^slack-webhook/, 'slack-webhook'],
  [/^slack/, 'slack-token'],
  [/^sourcegraph/, 'sourcegraph-token'],
  [/^square-/, 'square-token'],
  [/^stripe/, 'stripe-key'],
  [/^telegram/, 'telegram-token'],
  [/^twilio/, 'twilio-key'],
  [/^twitter-bearer/, 'twitter-token'],
  [/^typeform/, 'typeform-token'],
  [/^vault/, 'vault-token'],
  [/^yandex-access/, 'yandex-token'],
  [/^yandex/, 'yandex-key'],
]
const ASSIGNMENTS = ['generic-secret', 'long-secret', 'password']

/** A row a detector, and one for whether anything at all was found; undefined without the data. */
export function gitleaks(): readonly Score[] | undefined {
  const rules = labelled<Rule>('gitleaks_cases.jsonl.gz')
  if (!rules) return undefined
  const all = createMasker(detectors.map(({ name }) => name))
  const anything = new Tally('gitleaks', 'any detector')
  const tallies = new Map<string, Tally>()
  // A rule's near miss is often what a rule beside it must find.
  const elsewhere = new Set(rules.flatMap((rule) => rule.must_find))
  for (const { rule, must_find: wanted, must_not_fire: clean } of rules) {
    const [, ...named] = COUNTERPARTS.find(([pattern]) => pattern.test(rule)) ?? [rule, ...ASSIGNMENTS]
    const name = named.length > 1 ? 'assignments, headers' : (named[0] as string)
    const own = createMasker(named)
    const tally = tallies.get(name) ?? new Tally('gitleaks', name)
    tallies.set(name, tally)
    for (const text of wanted) {
      tally.add(`${rule}: ${text}`, 1, Math.min(1, own.mask(text).findings.length), 0)
      anything.add(`${rule}: ${text}`, 1, Math.min(1, all.mask(text).findings.length), 0)
    }
    for (const text of clean) {
      if (elsewhere.has(text)) continue
      const { findings } = own.mask(text)
      tally.add(`${rule}: ${text}`, 0, 0, findings.length)
    }
  }
  return [...[...tallies.values()].map((tally) => tally.score()), anything.score()]
}

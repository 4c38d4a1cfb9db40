import { Args } from '@oclif/core'
import { inspectGatewayFile } from '../../assembly/gateway-file.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { colour } from '../../cli/colour.ts'
import { table } from '../../cli/table.ts'
import { visible } from '../../cli/visible.ts'
import { rulesAbout, type GatewayConfig } from '../../config/gateway-config.ts'
import { configError, problemLine } from '../../config/load.ts'

export default class GatewayCheck extends BaseCommand {
  static override summary = 'Validate a configuration file without starting the gateway.'
  static override description =
    'Lists everything that is wrong at once, with line, key and what is allowed; secrets are resolved, never shown.\n' +
    'What a start would be refused for just now, such as a port in use or a store that another gateway has, is told as "Not now".'
  static override examples = [
    '<%= config.bin %> gateway check',
    '<%= config.bin %> gateway check sluice.yaml --json',
  ]
  static override args = { file: Args.string({ default: 'sluice.yaml', description: 'The file to check.' }) }

  async run(): Promise<object> {
    const { args } = await this.parse(GatewayCheck)
    const { config, problems } = inspectGatewayFile(args.file)
    if (!config) {
      if (!this.jsonEnabled()) throw configError(problems, args.file)
      process.exitCode = configError(problems, args.file).exit
      return { ok: false, file: args.file, problems }
    }
    this.print(`${colour.green('Right')}    ${args.file}`)
    this.print(`Listens  ${config.listen.host}:${config.listen.port}, reached at ${config.publicUrl}`)
    this.print(`Sign-in  ${config.identity.issuer}; auditors: ${config.roles.auditor.join(', ') || 'none'}\n`)
    const summary = summarize(config)
    this.print(
      table(
        ['MODEL', 'API', 'UPSTREAM', 'WHO', 'MASKED IN REQUESTS', 'MASKED IN REPLIES', 'RULE'],
        summary.flatMap(({ name, dialects, upstream, rules }) =>
          rules.length === 0
            ? [[name, dialects.join(', '), upstream, 'nobody', '', '', '']]
            : rules.map(({ rule, groups, mask }) => [
                name,
                dialects.join(', '),
                upstream,
                groups.includes('*') ? 'everyone signed in' : groups.join(', '),
                mask.request.join(', ') || 'nothing',
                mask.reply.join(', ') || 'nothing',
                rule,
              ]),
        ),
      ),
    )
    const own = ownDetectors(config)
    if (own.length > 0) {
      this.print(
        `\n${table(
          ['OWN DETECTOR', 'FAMILY', 'FINDS'],
          own.map(({ name, family, finds }) => [name, family, finds]),
        )}`,
      )
    }
    // No remarks but what was asked for: also under --quiet.
    for (const problem of problems)
      this.ask(`${colour.yellow('Warning')}  ${problemLine(problem, args.file)}`)
    const { startRefusals } = await import('../../assembly/start-refusals.ts')
    const refusals = await startRefusals(config)
    for (const { message, nextSteps } of refusals)
      this.ask(
        [
          `${colour.yellow('Not now')}  ${visible(message)}`,
          ...nextSteps.map((step) => `  → ${visible(step)}`),
        ].join('\n'),
      )
    return {
      ok: true,
      file: args.file,
      problems,
      notNow: refusals.map(({ code, message, nextSteps }) => ({ code, message, nextSteps })),
      publicUrl: config.publicUrl,
      models: summary,
      ownDetectors: own,
      policy: config.policyInForce.digest,
      configuration: config.configurationInForce.digest,
    }
  }
}

function ownDetectors({ masking }: GatewayConfig) {
  return Object.entries(masking.detectors).map(([name, { family, pattern, words, fields = [] }]) => ({
    name,
    family,
    finds:
      pattern !== undefined
        ? 'a pattern'
        : words
          ? `${words.length} ${words.length === 1 ? 'word' : 'words'}`
          : `fields ${fields.join(', ')}`,
  }))
}

function summarize(config: GatewayConfig) {
  return config.models.map(({ name, dialects, upstream }) => ({
    name,
    dialects,
    upstream,
    rules: rulesAbout(config.policy, name).map(({ rule, groups, mask }) => ({ rule, groups, mask })),
  }))
}

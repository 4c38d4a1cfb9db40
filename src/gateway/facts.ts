// What policy is told of a request, and how its refusals are worded.
import { SluiceError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Asked, Dialect } from '../dialects/dialect.ts'
import type { Decision, Facts } from '../terms/decision.ts'
import type { Caller } from '../terms/subject.ts'
import type { Call } from './call.ts'
import type { ScannedRequest } from './documents.ts'
import type { GatewayParts, ServedModel } from './parts.ts'

export function gather(
  caller: Caller,
  model: ServedModel,
  { dialect, operation }: Pick<Call, 'dialect' | 'operation'>,
  asked: Asked,
  scanned: Pick<ScannedRequest, 'findings' | 'channels' | 'structure' | 'opaque'>,
): Facts {
  return {
    subjectGroups: caller.subject.groups,
    model: model.name,
    dialect: dialect.name,
    operation: operation.name,
    stream: asked.stream,
    findings: scanned.findings,
    channels: scanned.channels,
    structure: scanned.structure,
    opaque: { request: [...asked.opaque, ...scanned.opaque], reply: asked.opaqueReply },
    beyond: asked.beyond,
  }
}

/** The model of that name. Throws ERR_MODEL_UNKNOWN, which names those that the caller may use. */
export function servedModel(
  parts: GatewayParts,
  caller: Caller,
  dialect: Dialect,
  name: string,
): ServedModel {
  if (caller.models && !caller.models.includes(name)) {
    throw new SluiceError('ERR_MODEL_UNKNOWN', `This session reaches ${caller.models.join(', ')} only.`, {
      nextSteps: ['Set the model name to that, or run: sluice connect for the other model.'],
    })
  }
  const model = parts.models.get(name)
  if (model?.dialects.includes(dialect)) return model
  const served = usableModels(parts, caller, dialect)
  throw new SluiceError(
    'ERR_MODEL_UNKNOWN',
    served.length > 0
      ? `No such model here${meant(name, served)} Served to you: ${served.join(', ')}.`
      : 'No model is served to you here.',
  )
}

/** How a sentence that names a model ends: with the one that was meant, where one of the names is near. */
export function meant(name: string, served: readonly string[]): string {
  // Longer ones are none of ours, and comparing takes time by their length.
  const near = name.length > 200 ? undefined : nearest(name, served)
  return near === undefined ? '.' : `; did you mean ${near}?`
}

/** Names of the models that the caller may use, in the configuration's order. */
export function usableModels(parts: GatewayParts, caller: Caller, dialect?: Dialect): string[] {
  return [...parts.models.values()]
    .filter((model) => dialect === undefined || model.dialects.includes(dialect))
    .map((model) => model.name)
    .filter((name) => !caller.models || caller.models.includes(name))
    .filter((name) => parts.policy.allows(caller.subject.groups, name))
}

export function denied(decision: Decision): SluiceError {
  const sentences = decision.reasons.map((reason) => reason.message)
  return new SluiceError('ERR_POLICY_DENIED', sentences.join(' ') || 'Policy denies this request.')
}

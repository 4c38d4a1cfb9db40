// --gateway: which gateway a command means.
import { Flags } from '@oclif/core'

export const gatewayFlag = Flags.string({
  description: 'The gateway that is meant, instead of the one in use.',
  helpValue: 'URL',
  env: 'SLUICE_GATEWAY',
})

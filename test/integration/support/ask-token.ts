// A process of its own that needs an access token, and says which one it got.
import { openClient } from '../../../src/assembly/client.ts'

const client = await openClient()
process.stdout.write(await client.accessToken())

import { Envelope } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'

export default {
  async fetch(request, env) {
    const kms = keyProtect({ region: 'us-south', instance: env.INSTANCE, apiKey: env.API_KEY })
    const envelope = new Envelope({ rootKey: kms.key(env.ROOT_KEY) })
    return new Response(request.body.pipeThrough(envelope.encryptStream()))
  },
}

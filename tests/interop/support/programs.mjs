// The peers that are programs of their own: Python's SDK, and the native core.
import { Peer } from '../../support/peer.mjs'
import { nativePeer, python, root } from './setup.mjs'

const base64 = (bytes) => Buffer.from(bytes).toString('base64')

const describe = (key) =>
  key.kind === 'raw' ? { ...key, bytes: undefined, key: base64(key.bytes) } : key

/** Whether a reader has to be told that it may open a message of this suite. */
export const isUncommitted = (suite = 0x0478) => suite < 0x0478

function peerOver(program, name, more) {
  return {
    name,

    async seal({ keys, context, required = [], plaintext, frame = 65_536, suite = 0x0478 }) {
      const { message } = await program.ask({
        do: 'seal',
        ...more,
        keys: keys.map(describe),
        context,
        required,
        plaintext: base64(plaintext),
        frame,
        suite: suite.toString(16).padStart(4, '0'),
      })
      return new Uint8Array(Buffer.from(message, 'base64'))
    },

    async open({ keys, context, required = [], message, suite }) {
      const allow = isUncommitted(suite)
      const described = { keys: keys.map(describe), context, required, allow }
      described.message = base64(message)
      const opened = await program.ask({ do: 'open', ...more, ...described })
      const plaintext = new Uint8Array(Buffer.from(opened.plaintext, 'base64'))
      return { plaintext, context: opened.context }
    },
  }
}

/** Starts them. */
export function startPrograms() {
  const sdkOfPython = new Peer('python', python(), ['-B', `${root}/tests/interop/python/peer.py`])
  const core = new Peer('native core', nativePeer(), [])
  return {
    mpl: peerOver(sdkOfPython, 'Python, keyring', { how: 'mpl' }),
    legacy: peerOver(sdkOfPython, 'Python, master key', { how: 'legacy' }),
    native: peerOver(core, 'native core', {}),
    close: () => Promise.all([sdkOfPython.close(), core.close()]),
  }
}

/**
 * Root keys made of passphrases.
 *
 * Slots are those of a wrapping key whose name says how it was made: whoever stretches the same
 * passphrase in the same way has the key, and any AWS Encryption SDK opens the rest.
 *
 * @module
 */

import { readBytes } from '../bytes.js'
import type { DataKey } from '../data-key.js'
import { MisuseError } from '../errors.js'
import { readCount, readOptions, readText, refuse } from '../options.js'
import { fromBase64, toBase64 } from '../providers/key-bytes.js'
import { foreignSlot, type RootKey, type Slot, type WrapOptions } from '../root-key.js'
import { loadFormats } from '../wasm/formats.js'
import { Handle } from '../wasm/handle.js'
import type { Instance } from '../wasm/instance.js'
import { send } from '../wasm/memory.js'
import { WrappingKey } from '../wrapping-key.js'

/** Options of {@link passphraseKey}. */
export interface PassphraseKeyOptions {
  /** Memory that trying a passphrase takes; default 65,536, at most 262,144. */
  readonly memory_KiB?: number
  /** Passes over that memory; default 3, at most 10. */
  readonly passes?: number
}

interface Making {
  readonly name: string
  readonly salt: Uint8Array<ArrayBuffer>
  readonly memory_KiB: number
  readonly passes: number
}

const NAMESPACE = 'tsutsumi-passphrase'
const SALT_LEN = 16
/** Behind the name in a slot: the lengths of tag and nonce, and the nonce. */
const AFTER_NAME = 20
const MEMORY_MIN = 8
const MEMORY_MAX = 262_144
const PASSES_MAX = 10
/** Messages of so many salts open without stretching again. */
const KEPT = 8

/** A passphrase that wraps and unwraps; see {@link passphraseKey}. */
export class PassphraseKey implements RootKey {
  readonly provider: string = NAMESPACE
  readonly id: string = 'passphrase'
  readonly #passphrase: Uint8Array
  readonly #cost: Pick<Making, 'memory_KiB' | 'passes'>
  readonly #keys = new Map<string, Promise<WrappingKey>>()
  #own: Making | undefined
  #disposed = false

  /** Made by {@link passphraseKey}. */
  constructor(passphrase: Uint8Array, cost: Pick<Making, 'memory_KiB' | 'passes'>) {
    this.#passphrase = passphrase
    this.#cost = cost
  }

  /**
   * Wraps a data key, without any I/O.
   *
   * The first call stretches the passphrase, under a new salt, and blocks for as long.
   *
   * @throws {@link MisuseError} `ERR_STATE` when either key was disposed of.
   */
  async wrap(dataKey: DataKey, options?: WrapOptions): Promise<Slot> {
    this.#own ??= makingOf(crypto.getRandomValues(new Uint8Array(SALT_LEN)), this.#cost)
    return (await this.#key(this.#own)).wrap(dataKey, options)
  }

  /**
   * Unwraps what a passphrase wrapped, without any I/O.
   *
   * The first slot of a salt has the passphrase stretched, and blocks for as long.
   *
   * @throws {@link PolicyError} `ERR_POLICY_KEY` for a slot that no passphrase wrapped.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` for another passphrase, slot or context.
   * @throws {@link MisuseError} `ERR_LIMIT` for a slot that asks for more than the greatest cost.
   */
  async unwrap(slot: Slot, options?: WrapOptions): Promise<DataKey> {
    if (slot?.provider !== NAMESPACE) throw foreignSlot(this.id)
    const info = readBytes(slot.info, 'slot.info')
    const making = readMaking(new TextDecoder().decode(info.subarray(0, -AFTER_NAME)))
    if (making === undefined) throw foreignSlot(this.id)
    return (await this.#key(making)).unwrap(slot, options)
  }

  /** Overwrites the passphrase and the keys; does nothing the second time. */
  dispose(): void {
    this.#disposed = true
    this.#passphrase.fill(0)
    for (const key of this.#keys.values()) key.then((made) => made.dispose()).catch(() => {})
    this.#keys.clear()
  }

  /** What `using` calls: the same as {@link PassphraseKey.dispose}. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  #key(making: Making): Promise<WrappingKey> {
    if (this.#disposed) {
      throw new MisuseError('ERR_STATE', 'this passphrase is no longer usable', {
        hint: 'It was disposed of.',
      })
    }
    const known = this.#keys.get(making.name)
    if (known !== undefined) return known
    const key = stretch(this.#passphrase, making)
    this.#keys.set(making.name, key)
    key.catch(() => this.#keys.delete(making.name))
    const [oldest] = this.#keys.keys()
    if (this.#keys.size > KEPT && oldest !== undefined && oldest !== this.#own?.name) {
      // Not disposed of: a call may be at work with it.
      this.#keys.delete(oldest)
    }
    return key
  }
}

/**
 * Makes a root key of a passphrase, by Argon2id.
 *
 * Stretching takes 64 MiB of memory, which stays with the module, and about half a second of
 * computing, once for each salt; wrapping draws one salt for the life of this object. A passphrase
 * has to be long: six random words, or twenty characters. A random key in a file or a key service
 * is better than any passphrase.
 *
 * @param passphrase - Text, taken in normal form C, or bytes; the bytes are copied.
 * @param options - What trying one costs, and so what guessing costs.
 * @returns A root key for {@link Envelope}, to be disposed of.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for a passphrase of nothing, or a cost out of bounds.
 * @example
 * using rootKey = passphraseKey('abacus rhubarb clover lantern tundra mosaic')
 * const envelope = new Envelope({ rootKey })
 */
export function passphraseKey(
  passphrase: string | Uint8Array | ArrayBuffer,
  options?: PassphraseKeyOptions,
): PassphraseKey {
  const bytes =
    typeof passphrase === 'string'
      ? new TextEncoder().encode(readText(passphrase, 'passphrase').normalize('NFC'))
      : readBytes(passphrase, 'passphrase').slice()
  if (bytes.length === 0 || bytes.length > 4096) {
    refuse('passphrase', 'has to have 1 to 4,096 bytes')
  }
  const read = readOptions(options, 'options', ['memory_KiB', 'passes'])
  return new PassphraseKey(bytes, {
    memory_KiB: readCount(read.memory_KiB ?? 65_536, 'memory_KiB', MEMORY_MIN, MEMORY_MAX),
    passes: readCount(read.passes ?? 3, 'passes', 1, PASSES_MAX),
  })
}

function makingOf(
  salt: Uint8Array<ArrayBuffer>,
  cost: Pick<Making, 'memory_KiB' | 'passes'>,
): Making {
  const text = toBase64(salt).replace(/=+$/, '')
  return { ...cost, salt, name: `argon2id$v=19$m=${cost.memory_KiB},t=${cost.passes},p=1$${text}` }
}

// Whoever writes a message chooses what this says.
function readMaking(name: string): Making | undefined {
  const parts = /^argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=1\$([A-Za-z0-9+/]{22})$/.exec(name)
  const salt = fromBase64(parts?.[3])
  if (salt?.length !== SALT_LEN) return undefined
  const [memory_KiB, passes] = [Number(parts?.[1]), Number(parts?.[2])]
  if (memory_KiB < MEMORY_MIN || passes < 1) return undefined
  if (memory_KiB > MEMORY_MAX || passes > PASSES_MAX) {
    throw new MisuseError('ERR_LIMIT', 'the slot asks for more work than is allowed', {
      hint: `At most ${MEMORY_MAX} KiB and ${PASSES_MAX} passes are taken.`,
    })
  }
  return { name, salt, memory_KiB, passes }
}

async function stretch(passphrase: Uint8Array, making: Making): Promise<WrappingKey> {
  const formats = await loadFormats()
  const { salt, memory_KiB, passes } = making
  const encoder = new TextEncoder()
  const [space, name] = [encoder.encode(NAMESPACE), encoder.encode(making.name)]
  const id = formats.enter((calls) => {
    send(calls, passphrase, salt, space, name)
    const lengths = [passphrase.length, salt.length, space.length, name.length] as const
    return calls.passphraseKeyNew(...lengths, memory_KiB, passes)
  })
  const home = formats as unknown as Instance
  const handle = new Handle(home, 'passphrase', id)
  return new WrappingKey(handle, { namespace: NAMESPACE, name: making.name })
}

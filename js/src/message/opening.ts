/**
 * A message being opened as a stream.
 *
 * @module
 */

import { openedMessage } from '../bulk/message.js'
import { type OpenedHeader, Opening } from '../bulk/opening.js'
import { FormatError } from '../errors.js'
import type { Context } from '../pairs.js'
import type { Pledge } from '../pledge.js'
import { beginOpening, headerLength, type OpenTerms, readHeaderOf } from './open.js'
import type { Machine } from './relay.js'

type Bytes = Uint8Array<ArrayBuffer>

/** What is made of a message, and of its context once that is authentic. */
export function opening(terms: OpenTerms, pledge: Pledge<Context>): Machine {
  const read = async (start: Bytes, signal: AbortSignal): Promise<OpenedHeader | undefined> => {
    const header = await readHeaderOf(start, terms)
    if (header === undefined) return undefined
    try {
      const rest = start.subarray(headerLength(header))
      const { context, opener } = await beginOpening(header, { ...terms, signal })
      pledge.keep(context)
      return { inside: () => openedMessage(opener), rest, handle: opener }
    } finally {
      header.dispose()
    }
  }
  const short = ({ length: offset }: Bytes): never => {
    throw new FormatError('ERR_FORMAT_TRUNCATED', 'the message ends inside its header', { offset })
  }
  const begin = (signal: AbortSignal): void => pledge.endWith(signal)
  return new Opening({ what: 'message', begin, read, short })
}

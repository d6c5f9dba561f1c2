/**
 * Messages, for the platform's AES.
 *
 * @module
 */

import { openEnd, openPiece, sealEnd, sealPiece } from '../message/pieces.js'
import type { Handle } from '../wasm/handle.js'
import type { Aes, Engine } from './aes.js'
import type { Inside, Lifted } from './body.js'
import { type FrameTerms, openedFrames, readFrameTerms, sealedFrames } from './frames.js'
import { takeKey } from './key.js'

const EMPTY = new Uint8Array(0)

/** A message being sealed. */
export function sealedMessage(sealer: Handle): Inside {
  return {
    push: (piece) => sealPiece(sealer, piece),
    end: () => sealEnd(sealer),
    lift: (engine) => lift(sealer, engine, 'seal'),
    skip: (frames) => skip(sealer, frames, 0),
    ended: () => sealer.dispose(),
  }
}

/** A message being opened. */
export function openedMessage(opener: Handle): Inside {
  return {
    push: (piece) => openPiece(opener, piece),
    end: () => {
      openEnd(opener)
      return EMPTY
    },
    lift: (engine) => lift(opener, engine, 'open'),
    skip: (frames) => skip(opener, frames, 0),
    ended(last) {
      skip(opener, 0, last)
      openEnd(opener)
    },
  }
}

function lift(message: Handle, engine: Engine, use: 'seal' | 'open'): Promise<Lifted> | undefined {
  const taken = message.enter((core, id) => {
    const length = core.messageLift(id, 0, 0)
    if (length === 0) return undefined
    return takeKey(core, length, (key, rest) => {
      const terms = readFrameTerms(rest)
      const aes = terms.frameLength < engine.crossover.unit ? undefined : engine.take(key, use)
      return { terms, aes }
    })
  })
  if (taken === undefined) return undefined
  const { terms, aes } = taken
  if (aes !== undefined) return framesOf(terms, aes, use, engine.crossover.unit)
  // Less than a frame was held, so that nothing comes out.
  if (use === 'seal') sealPiece(message, terms.held)
  else openPiece(message, terms.held)
  return undefined
}

async function framesOf(
  terms: FrameTerms,
  aes: Aes | Promise<Aes>,
  use: 'seal' | 'open',
  shortest: number,
): Promise<Lifted> {
  const frames = use === 'seal' ? sealedFrames : openedFrames
  return { units: frames(terms, await aes, shortest), held: terms.held }
}

function skip(message: Handle, frames: number, last: number): void {
  message.enter((core, id) => {
    core.messageLift(id, frames, last)
    core.wipe()
  })
}

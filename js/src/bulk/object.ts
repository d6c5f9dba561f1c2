/**
 * Objects, for the platform's AES.
 *
 * @module
 */

import { fit } from '../message/pieces.js'
import { CHUNK_LEN, pushEnd, pushPiece, pushRest, type Work } from '../object/work.js'
import type { Aes, Engine } from './aes.js'
import { type Inside, type Lifted, putWhole } from './body.js'
import { type ChunkTerms, chunks, readChunkTerms } from './chunks.js'
import { takeKey } from './key.js'
import type { Units } from './units.js'

type Bytes = Uint8Array<ArrayBuffer>

const STEPS = {
  seal: ['objectSealerPush', 'objectSealerFinish'],
  open: ['objectOpenerPush', 'objectOpenerFinish'],
} as const

function insideOf(work: Work, way: keyof typeof STEPS): Inside {
  const [push, end] = STEPS[way]
  return {
    push: (piece) => pushPiece(work, push, piece),
    end: () => pushEnd(work, end),
    lift: (engine) => lift(work, engine, way),
    skip: (chunks) => skip(work, chunks),
  }
}

/** An object being sealed. */
export function sealedObject(work: Work): Inside {
  return insideOf(work, 'seal')
}

/** An object being opened. */
export function openedObject(work: Work): Inside {
  return insideOf(work, 'open')
}

/** Seals all chunks of an object, by whatever is faster, into an array of their length. */
export async function sealLongObject(work: Work, plaintext: Bytes, out: Bytes): Promise<number> {
  const done = await putWhole(sealedObject(work), plaintext, () => out)
  return pushRest(work, STEPS.seal, plaintext.subarray(done.from), out, done.to)
}

/** Opens all chunks of an object, by whatever is faster. */
export async function openLongObject(work: Work, chunks: Bytes): Promise<Bytes> {
  let space: Bytes | undefined
  try {
    const done = await putWhole(openedObject(work), chunks, (room) => {
      space = new Uint8Array(room)
      return space
    })
    const end = pushRest(work, STEPS.open, chunks.subarray(done.from), done.out, done.to)
    return fit(done.out, end)
  } catch (error) {
    space?.fill(0)
    throw error
  }
}

/** What opens chunks of an object wherever they stand; undefined where the core is faster. */
export function chunkKey(
  work: Work,
  engine: Engine,
): ((first: number) => Promise<Units>) | undefined {
  if (CHUNK_LEN < engine.crossover.unit) return undefined
  const { terms, aes } = taken(work, engine, 'open')
  return async (index) => chunks({ ...terms, index }, await aes, 'open')
}

function taken(
  work: Work,
  engine: Engine,
  use: 'seal' | 'open',
): { readonly terms: ChunkTerms; readonly aes: Aes | Promise<Aes> } {
  return work.enter((core, id) =>
    takeKey(core, core.objectLift(id), (key, rest) => ({
      terms: readChunkTerms(rest),
      aes: engine.take(key, use),
    })),
  )
}

function lift(work: Work, engine: Engine, use: 'seal' | 'open'): Promise<Lifted> | undefined {
  if (CHUNK_LEN < engine.crossover.unit) return undefined
  const { terms, aes } = taken(work, engine, use)
  return chunksOf(terms, aes, use)
}

async function chunksOf(
  terms: ChunkTerms,
  aes: Aes | Promise<Aes>,
  use: 'seal' | 'open',
): Promise<Lifted> {
  return { units: chunks(terms, await aes, use), held: terms.held }
}

function skip(work: Work, chunks: number): void {
  work.enter((core, id) => core.objectSkip(id, chunks))
}

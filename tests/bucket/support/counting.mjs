// A store that counts what goes through it, and is otherwise the one underneath.

/** Counts calls, and stored bytes that were fetched. */
export function counting(store) {
  const counts = { calls: 0, fetched: 0 }
  const wrap = (bucket) =>
    new Proxy(bucket, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...args) => {
          counts.calls += 1
          const result = await value.apply(target, args)
          if (name !== 'get') return result
          const counted = new TransformStream({
            transform(piece, out) {
              counts.fetched += piece.length
              out.enqueue(piece)
            },
          })
          return { ...result, stream: result.stream.pipeThrough(counted) }
        }
      },
    })
  return { counts, store: { bucket: (name) => wrap(store.bucket(name)) } }
}

/**
 * Which operation a request asks for.
 *
 * @module
 */

/** Every operation that a fault can be meant for; `other` is what has no name here. */
export const OPERATIONS = [
  'token',
  'create',
  'list',
  'read',
  'delete',
  'wrap',
  'unwrap',
  'rewrap',
  'rotate',
  'disable',
  'enable',
  'restore',
  'importToken',
  'other',
] as const

/** Something that a client asks of the service. */
export type FaultOperation = (typeof OPERATIONS)[number]

const ACTIONS: readonly FaultOperation[] = [
  'wrap',
  'unwrap',
  'rewrap',
  'rotate',
  'disable',
  'enable',
  'restore',
]

/** Names the operation of a request. */
export function operationOf(method: string, url: URL): FaultOperation {
  const path = url.pathname.split('/').filter((part) => part !== '')
  if (path[1] === 'token') return 'token'
  const [, , kind, id, what, action] = path
  if (kind === 'import_token') return 'importToken'
  if (kind !== 'keys') return 'other'
  if (id === undefined) return method === 'POST' ? 'create' : 'list'
  if (what === undefined || what === 'metadata') {
    if (method === 'GET') return 'read'
    if (method === 'DELETE') return 'delete'
  }
  const name = what === 'actions' ? action : (what ?? url.searchParams.get('action'))
  return ACTIONS.find((known) => known === name) ?? 'other'
}

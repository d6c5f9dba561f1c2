/**
 * What each field of a message is for, in a sentence, and where that is laid down.
 *
 * Sources: AWS Encryption SDK specification, "message header" and "message body"; RFC 5869; NIST
 * SP 800-38D.
 *
 * @module
 */

/** How fields are grouped, which is also how they are coloured. */
export type Group = 'algorithm' | 'names' | 'slot' | 'proof' | 'body'

/** What is known of a field beforehand. */
export interface Clause {
  readonly group: Group
  readonly text: string
}

const HEADER = 'AWS Encryption SDK, message header, version 2'
const BODY = 'AWS Encryption SDK, message body, framed data'

const CLAUSES: Readonly<Record<string, readonly [Group, string, string]>> = {
  version: ['algorithm', 'Version 2: the header commits to the data key.', HEADER],
  'algorithm suite': [
    'algorithm',
    '0x0478: AES-256-GCM under a key that HKDF-SHA-512 derives for this message alone.',
    HEADER,
  ],
  'message id': [
    'algorithm',
    '32 random bytes, the salt of the derivation: no two messages share a key.',
    `${HEADER}; RFC 5869`,
  ],
  'context length': ['names', 'Bytes of the context that follows.', HEADER],
  'context pair count': [
    'names',
    'Pairs in the context, sorted by the bytes of their keys.',
    HEADER,
  ],
  'context key length': ['names', 'Length of one key of the context.', HEADER],
  'context key': ['names', 'A key of the context: in clear, but authenticated.', HEADER],
  'context value length': ['names', 'Length of its value.', HEADER],
  'context value': [
    'names',
    'Its value. Opening asks for the same pairs again, so a message cannot pass for another.',
    HEADER,
  ],
  'slot count': [
    'slot',
    'Wrapped copies of the data key; any one of them opens the message.',
    HEADER,
  ],
  'slot provider length': ['slot', 'Length of the name of who wrapped it.', HEADER],
  'slot provider': ['slot', 'Who wrapped this copy: here, IBM Key Protect’s API.', HEADER],
  'slot info length': ['slot', 'Length of what the provider says of its key.', HEADER],
  'slot info': ['slot', 'Which root key wrapped it: its CRN.', HEADER],
  'slot wrapped key length': ['slot', 'Length of the wrapped data key.', HEADER],
  'slot wrapped key': [
    'slot',
    'The data key, wrapped by the root key. Only the key service can unwrap it.',
    HEADER,
  ],
  'content type': [
    'algorithm',
    '2: the body comes in frames, so it can be opened as it arrives.',
    HEADER,
  ],
  'frame length': ['algorithm', 'Plaintext bytes in every frame but the last.', HEADER],
  'key commitment': [
    'proof',
    'Derived from the data key: a message that two keys open, to two plaintexts, cannot be made.',
    `${HEADER}, algorithm suite data`,
  ],
  'header tag': [
    'proof',
    'AES-GCM tag over every byte before it.',
    `${HEADER}, header authentication`,
  ],
  'sequence number': ['body', 'Frames count from 1; one left out or moved is noticed.', BODY],
  'final frame mark': [
    'body',
    'FFFFFFFF: this is the last frame. Without it a message counts as cut short.',
    BODY,
  ],
  'frame IV': [
    'body',
    'Nonce of this frame; the number of the frame, never used twice under one key.',
    BODY,
  ],
  'content length': ['body', 'Plaintext bytes in the last frame.', BODY],
  ciphertext: ['body', 'What was sealed.', BODY],
  'frame tag': [
    'proof',
    'AES-GCM tag over this frame, its number, its length and the message id.',
    `${BODY}; NIST SP 800-38D`,
  ],
}

/** What a field is for. */
export function clauseOf(name: string): Clause {
  const [group, text, source] = CLAUSES[name] ?? ['body', 'Part of the message.', BODY]
  return { group, text: `${text} (${source})` }
}

/** Sessions on the command line, as files; see test/cli/README.md. */

/** One command, and what it has to do. */
export interface Step {
  readonly line: number
  readonly about: string
  readonly command: string
  readonly input: string[]
  readonly out: string[]
  readonly err: string[]
  code: number
}

/** Reads a session. */
export function readSession(text: string): Step[] {
  const steps: Step[] = []
  let about = ''
  for (const [number, line] of text.split('\n').entries()) {
    const [mark, rest] = [line.slice(0, 1), line.slice(2)]
    const step = steps.at(-1)
    if (line === '') continue
    else if (mark === '#') about = rest
    else if (mark === '$') {
      const line = number + 1
      steps.push({ line, about, command: rest, input: [], out: [], err: [], code: 0 })
    } else if (step === undefined) throw new Error(`line ${number + 1} belongs to no command`)
    else if (mark === '<') step.input.push(rest)
    else if (mark === '>') step.out.push(rest)
    else if (mark === '!') step.err.push(rest)
    else if (mark === '=') step.code = Number(rest)
    else throw new Error(`line ${number + 1} begins with \`${mark}\``)
  }
  return steps
}

/** Whether a text is what the lines say. */
export function matches(text: string, lines: readonly string[]): boolean {
  const any = lines.at(-1) === '……'
  const wanted = any ? lines.slice(0, -1) : lines
  const source = wanted.map((line) => `${line.split('…').map(literal).join('.*')}\n`).join('')
  return new RegExp(`^${source}${any ? '[^]*' : ''}$`).test(text)
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

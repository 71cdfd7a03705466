import type { GlobalOptions, Terminal } from './command.ts'

/** The terminal as the global options want it. Blocks with empty lines around them are parted by one, not by two. */
export function commandTerminal(terminal: Terminal, { isQuiet, hasColours }: GlobalOptions): Terminal {
  const join = blockJoiner()
  return {
    ...terminal,
    isInteractive: terminal.isInteractive && !isQuiet,
    ...(hasColours !== undefined && { hasColours }),
    write: (line) => {
      if (!isQuiet) terminal.write(join(line))
    },
    writeError: (line) => terminal.writeError(join(line)),
  }
}

function blockJoiner(): (piece: string) => string {
  let endsEmpty = false
  return (piece) => {
    const joined = endsEmpty && piece.startsWith('\n') && piece.length > 1 ? piece.slice(1) : piece
    endsEmpty = joined === '' || joined.endsWith('\n')
    return joined
  }
}

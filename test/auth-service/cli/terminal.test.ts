import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { Cancelled, createTerminal } from '../../../auth-service/src/cli/terminal.ts'

function openTerminal(isTTY: boolean) {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = Object.assign(new PassThrough(), { isTTY })
  const terminal = createTerminal(input, output, {})
  const shown = async () => {
    output.end()
    return text(output)
  }
  return { input, terminal, shown }
}

describe('A terminal', () => {
  it('asks, and shows what is typed', async () => {
    const { input, terminal, shown } = openTerminal(true)
    expect(terminal.interactive).toBe(true)
    const answer = terminal.ask('Email:')
    input.write('ada@example.com\r')
    expect(await answer).toBe('ada@example.com')
    const screen = await shown()
    expect(screen).toMatch(/^Email: /)
    expect(screen).toContain('ada@example.com')
  })

  it('asks for a password without showing its characters or their number', async () => {
    const { input, terminal, shown } = openTerminal(true)
    const answer = terminal.askHidden('Password:')
    input.write('correct hoorse')
    input.write('\x7f\x7f\x7f\x7frse battery\r')
    expect(await answer).toBe('correct horse battery')
    expect(await shown()).toBe('Password: \n')
  })

  it.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('treats %s as a no', async (_, key) => {
    const { input, terminal } = openTerminal(true)
    const answer = terminal.askHidden('Password:')
    input.write(key)
    await expect(answer).rejects.toThrow(Cancelled)
  })

  it('updates progress in place, and prints a limited number of lines elsewhere', async () => {
    const screen = openTerminal(true)
    screen.terminal.progress('1 of 2')
    screen.terminal.progress('2 of 2')
    screen.terminal.endProgress()
    screen.terminal.endProgress()
    expect(await screen.shown()).toBe('\r\x1b[K1 of 2\r\x1b[K2 of 2\n')
    const pipe = openTerminal(false)
    expect(pipe.terminal.interactive).toBe(false)
    pipe.terminal.progress('1 of 2')
    pipe.terminal.progress('2 of 2')
    pipe.terminal.endProgress()
    expect(await pipe.shown()).toBe('1 of 2\n')
  })

  it('reads all piped input', async () => {
    const { input, terminal } = openTerminal(false)
    input.end('two\nlines\n')
    expect(await terminal.readInput()).toBe('two\nlines\n')
  })

  it('rejects input that is not UTF-8, piped or typed, and never loses a character of a password', async () => {
    const piped = openTerminal(false)
    piped.input.end(Buffer.from('M\xfcller', 'latin1'))
    await expect(piped.terminal.readInput()).rejects.toThrow(/Line 1 is not UTF-8\..*Nothing was done\.$/)
    const typed = openTerminal(true)
    const answer = typed.terminal.askHidden('Password:')
    typed.input.write(Buffer.from('M\xfcller\r', 'latin1'))
    await expect(answer).rejects.toThrow(/does not send UTF-8/)
  })
})

/**
 * Checks the types of an app with an older TypeScript: once for each `tsconfig.json`, all in one process, whose compiler
 * gets quicker with each. The arguments: the folder of the package `typescript`, the packages whose own declarations are
 * not checked (`a,b`), and the configurations. Prints errors like `tsc`, and ends with 1 if there are any.
 */
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

/** Its source files and diagnostics are only handed on. */
interface Program {
  getSourceFiles(): readonly { readonly fileName: string }[]
  isSourceFileDefaultLibrary(file: unknown): boolean
  getConfigFileParsingDiagnostics(): readonly unknown[]
  getOptionsDiagnostics(): readonly unknown[]
  getGlobalDiagnostics(): readonly unknown[]
  getSyntacticDiagnostics(): readonly unknown[]
  getSemanticDiagnostics(file: unknown): readonly unknown[]
}

/** What is used of the compiler's interface; this repository's own TypeScript has another. */
interface Compiler {
  readonly sys: object
  getParsedCommandLineOfConfigFile(
    path: string,
    options: object,
    host: object,
  ): { readonly options: object; readonly fileNames: readonly string[]; readonly errors: readonly unknown[] }
  createProgram(program: {
    readonly options: object
    readonly rootNames: readonly string[]
    readonly configFileParsingDiagnostics: readonly unknown[]
  }): Program
  sortAndDeduplicateDiagnostics(diagnostics: readonly unknown[]): readonly unknown[]
  formatDiagnostics(diagnostics: readonly unknown[], host: object): string
}

const [packageFolder = '', excluded = '', ...configs] = process.argv.slice(2)
const ts = createRequire(import.meta.url)(resolve(packageFolder)) as Compiler

const folders = excluded.split(',').map((name) => `/node_modules/${name}/`)

const formatHost = {
  getCurrentDirectory: () => process.cwd(),
  getCanonicalFileName: (name: string) => name,
  getNewLine: () => '\n',
}

function print(diagnostics: readonly unknown[]): void {
  if (diagnostics.length > 0) process.exitCode = 1
  process.stdout.write(ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(diagnostics), formatHost))
}

for (const [index, config] of configs.entries()) {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (one: unknown) => print([one]) }
  const { options, fileNames, errors } = ts.getParsedCommandLineOfConfigFile(config, {}, host)
  const program = ts.createProgram({ options, rootNames: fileNames, configFileParsingDiagnostics: errors })
  const checked = program.getSourceFiles().filter((file) => {
    // The compiler's own declarations are the same in each way to find modules.
    if (index > 0 && program.isSourceFileDefaultLibrary(file)) return false
    return !folders.some((folder) => file.fileName.includes(folder))
  })
  print([
    ...program.getConfigFileParsingDiagnostics(),
    ...program.getOptionsDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...checked.flatMap((file) => program.getSemanticDiagnostics(file)),
  ])
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { deadPort } from './dead-port.ts'
import { eventually } from './eventually.ts'
import { send } from './http.ts'
import { findProgram } from './programs.ts'
import { runApache } from './proxies.ts'

const MELLON = '/usr/lib/apache2/modules/mod_auth_mellon.so'
const SIMPLESAMLPHP = '/usr/share/simplesamlphp'

/** @throws Error that names the remedy if it is not installed, like those below */
export const findMellon = (): string => found(MELLON, existsSync(MELLON))

/** Debian's own Python, which finds Debian's packages; another may come first in PATH. */
const PYTHON = '/usr/bin/python3'

export const findPysaml2 = (): string =>
  found('pysaml2', spawnSync(PYTHON, ['-c', 'import saml2']).status === 0)

export const findSimpleSamlPhp = (): string =>
  found(
    `${SIMPLESAMLPHP} and PHP's driver for SQLite`,
    existsSync(`${SIMPLESAMLPHP}/www/module.php`) &&
      spawnSync('php', ['-r', "exit(extension_loaded('pdo_sqlite') ? 0 : 1);"]).status === 0,
  )

function found(what: string, isThere: boolean): string {
  if (isThere) return what
  throw new Error(`These tests need ${what}. Run: npm run setup`)
}

/** A service provider that others wrote, as a process of its own. */
export interface ForeignProvider {
  readonly url: string
  readonly entityId: string
  /** Where the browser brings answers. */
  readonly acsUrl: string
  /** The page for signed-in users alone: it says who they are. */
  readonly page: string
  /** The address that signs its user out. */
  readonly logout: string
  /** Starts it, with our metadata, until the test ends; returns its own metadata. */
  start(idpMetadata: string): Promise<string>
}

/** A key and a certificate for it, in a new folder: paths of PEM files. */
function makeKey(folder: string) {
  const [key, cert] = [join(folder, 'sp.key'), join(folder, 'sp.crt')]
  const args = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=sp -keyout ${key} -out ${cert}`
  const { status, stderr } = spawnSync(findProgram('openssl'), args.split(' '), { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return { key, cert }
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-provider-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/**
 * Apache with mod_auth_mellon, which signs its requests. Its pages are static, and say what mellon tells Apache. Browsers
 * send its cookies with forms of other sites only if they are `Secure`, which Chromium takes from `*.localhost` over http.
 */
export async function mellon(host = 'partner.localhost', secure = false): Promise<ForeignProvider> {
  findMellon()
  const port = await deadPort()
  const url = `http://${host}:${port}`
  return {
    url,
    entityId: `${url}/mellon/metadata`,
    acsUrl: `${url}/mellon/postResponse`,
    page: `${url}/secret/index.shtml`,
    logout: `${url}/mellon/logout?ReturnTo=${encodeURIComponent(`${url}/out.html`)}`,
    async start(idpMetadata) {
      const { key, cert } = makeKey(temporaryFolder())
      const page = (body: string) =>
        `<!doctype html><html lang="en"><title>Mellon</title><link rel="icon" href="data:,">${body}`
      const told = ['MELLON_NAME_ID', 'MELLON_mail', 'MELLON_uid', 'MELLON_groups']
      const list = told.map((name) => `<li>${name}=<!--#echo var="${name}" --></li>`).join('')
      const config = `Listen 127.0.0.1:${port}
        UseCanonicalName Off
        ServerName ${url}
        DocumentRoot FOLDER/
        TypesConfig /dev/null
        AddType text/html .shtml
        AddType text/html .html
        AddOutputFilter INCLUDES .shtml
        <Directory FOLDER/>
          Options +Includes
          Require all granted
        </Directory>
        Alias /secret/ FOLDER/secret-
        <Location />
          MellonEnable info
          MellonEndpointPath /mellon
          MellonSPentityId ${url}/mellon/metadata
          MellonSPPrivateKeyFile FOLDER/sp.key
          MellonSPCertFile FOLDER/sp.crt
          MellonIdPMetadataFile FOLDER/idp.xml
          ${secure ? 'MellonSecureCookie On' : 'MellonSecureCookie Off'}
          ${secure ? 'MellonCookieSameSite None' : ''}
          MellonSetEnvNoPrefix MELLON_mail urn:oid:0.9.2342.19200300.100.1.3
          MellonSetEnvNoPrefix MELLON_uid urn:oid:0.9.2342.19200300.100.1.1
          MellonSetEnvNoPrefix MELLON_groups urn:oid:1.3.6.1.4.1.5923.1.5.1.1
          MellonMergeEnvVars On
          MellonSessionLength 3600
        </Location>
        <Location /secret/>
          AuthType Mellon
          MellonEnable auth
          Require valid-user
        </Location>`
      const files = {
        'sp.key': readFileSync(key, 'utf8'),
        'sp.crt': readFileSync(cert, 'utf8'),
        'idp.xml': idpMetadata,
        'secret-index.shtml': page(
          `<h1>Hello, <!--#echo var="MELLON_mail" --></h1><ul>${list}</ul><a href="/mellon/logout?ReturnTo=${url}/out.html">Sign out</a>`,
        ),
        'out.html': page('<h1>Signed out of the partner</h1><a href="/secret/index.shtml">Sign in</a>'),
        'index.html': page('<h1>Partner</h1><a href="/secret/index.shtml">Sign in</a>'),
      }
      await runApache(config, port, files, [
        'auth_mellon',
        'authn_core',
        'authz_user',
        'include',
        'mime',
        'dir',
        'filter',
      ])
      return (await send(`${url}/mellon/metadata`)).text
    },
  }
}

/** A server with pysaml2 (test/interop/pysaml2_site.py), which signs its requests and decrypts assertions. */
export async function pysaml2(host = 'files.localhost'): Promise<ForeignProvider> {
  findPysaml2()
  const port = await deadPort()
  const url = `http://${host}:${port}`
  return {
    url,
    entityId: `${url}/metadata`,
    acsUrl: `${url}/acs`,
    page: `${url}/`,
    logout: `${url}/logout`,
    async start(idpMetadata) {
      const folder = temporaryFolder()
      const { key, cert } = makeKey(folder)
      writeFileSync(join(folder, 'idp.xml'), idpMetadata)
      const script = resolve(import.meta.dirname, '../interop/pysaml2_site.py')
      const env = {
        ...process.env,
        SITE_URL: url,
        SITE_KEY: key,
        SITE_CERT: cert,
        IDP: join(folder, 'idp.xml'),
      }
      await run(PYTHON, [script, String(port)], { env }, url)
      return (await send(`${url}/metadata`)).text
    },
  }
}

/**
 * SimpleSAMLphp behind the server of PHP itself, with its page for trying sign-ins. With a database, it takes sign-outs
 * without a browser.
 */
export async function simpleSamlPhp(
  host = 'intranet.localhost',
  hasDatabase = false,
): Promise<ForeignProvider> {
  findSimpleSamlPhp()
  const port = await deadPort()
  const url = `http://${host}:${port}`
  const module = `${url}/module.php`
  return {
    url,
    entityId: `${module}/saml/sp/metadata.php/default-sp`,
    acsUrl: `${module}/saml/sp/saml2-acs.php/default-sp`,
    page: `${module}/core/authenticate.php?as=default-sp`,
    logout: `${module}/core/authenticate.php?as=default-sp&logout=1`,
    async start(idpMetadata) {
      const folder = temporaryFolder()
      const { key, cert } = makeKey(folder)
      for (const name of ['config', 'metadata', 'log', 'data', 'sessions']) mkdirSync(join(folder, name))
      cpSync('/etc/simplesamlphp/config.php', join(folder, 'config/packaged.php'))
      const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
      writeFileSync(
        join(folder, 'config/config.php'),
        `<?php
        include ${quoted(join(folder, 'config/packaged.php'))};
        $config = array_merge($config, [
          'baseurlpath' => ${quoted(`${url}/`)},
          'secretsalt' => 'a salt of these tests',
          'auth.adminpassword' => 'a password of these tests',
          'certdir' => ${quoted(`${folder}/`)},
          'loggingdir' => ${quoted(`${folder}/log/`)},
          'datadir' => ${quoted(`${folder}/data/`)},
          'tempdir' => ${quoted(`${folder}/data/tmp`)},
          'logging.handler' => 'errorlog',
          'session.cookie.secure' => false,
          'session.cookie.samesite' => null,
          'session.phpsession.savepath' => ${quoted(`${folder}/sessions`)},
          'metadatadir' => ${quoted(`${folder}/metadata/`)},
          ${hasDatabase ? `'store.type' => 'sql', 'store.sql.dsn' => ${quoted(`sqlite:${folder}/store.sq3`)},` : ''}
          'metadata.sources' => [['type' => 'xml', 'file' => ${quoted(join(folder, 'idp.xml'))}]],
        ]);`,
      )
      writeFileSync(
        join(folder, 'config/authsources.php'),
        `<?php
        $config = [
          'admin' => ['core:AdminPassword'],
          'default-sp' => [
            'saml:SP',
            'entityID' => ${quoted(`${module}/saml/sp/metadata.php/default-sp`)},
            'idp' => ${quoted(/entityID="([^"]*)"/.exec(idpMetadata)?.[1] ?? '')},
            'privatekey' => ${quoted(key)},
            'certificate' => ${quoted(cert)},
            'sign.authnrequest' => true,
            'sign.logout' => true,
            'redirect.sign' => true,
            'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
            'NameIDPolicy' => ['Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', 'AllowCreate' => true],
          ],
        ];`,
      )
      writeFileSync(join(folder, 'idp.xml'), idpMetadata)
      const env = { ...process.env, SIMPLESAMLPHP_CONFIG_DIR: join(folder, 'config') }
      const args = ['-d', 'variables_order=EGPCS', '-S', `127.0.0.1:${port}`, '-t', `${SIMPLESAMLPHP}/www`]
      await run(findProgram('php'), args, { env }, url)
      return (await send(`${module}/saml/sp/metadata.php/default-sp`)).text
    },
  }
}

/** Runs a server until the test ends, and waits until it answers. */
async function run(
  command: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv },
  url: string,
): Promise<void> {
  const child: ChildProcess = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const over = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await over
  })
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${output}`)
    await send(url)
  })
}

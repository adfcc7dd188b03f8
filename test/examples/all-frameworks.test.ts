import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { chooseFrameworkPorts } from '../../examples/demo/src/frameworks-family.ts'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { startNode, tempApp } from '../support/temp-app.ts'
import { createVisitor } from '../support/visitor.ts'

const MAIN = resolve(import.meta.dirname, '../../examples/demo/dist/all-frameworks.js')

it('The demo of all frameworks prints its apps, which one sign-in opens, and ends cleanly', async () => {
  const folder = tempApp()
  const demo = startNode(folder, [MAIN], { DEMO_PORT: '0', DEMO_FOLDER: folder })
  const [printed] = await demo.until(/One app on each framework is ready[\s\S]*Ctrl-C/)
  const links = [...printed.matchAll(/^ {4}(\S+) +(http\S+localhost:\d+)$/gm)].map(([, name, url]) => [
    name,
    url,
  ])
  expect(links.map(([name]) => name)).toEqual(['Hono', 'Express', 'Fastify', 'Koa', 'node:http'])

  const visitor = createVisitor()
  const [{ email, password }] = PEOPLE
  const [, first = ''] = links[0] ?? []
  const login = await visitor.visit(`${first}/staff`)
  expect(login.html).toContain('Sign in to continue to Hono')
  expect((await visitor.submit(login, '/login', { email, password })).status).toBe(403)
  for (const [name, url] of links) {
    const { html } = await visitor.visit(`${url}/`)
    expect(html, name).toContain('Hello, Ada Lovelace')
    for (const [other, to] of links) expect(html, name).toContain(`<a href="${to}/">${other}</a>`)
  }

  demo.child.kill('SIGTERM')
  expect(await demo.ended, demo.output()).toBe(0)
})

it('It says which port is taken, and how to choose others', async () => {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      resolve((server.address() as { port: number }).port)
    })
    server.unref()
  })
  await expect(async () => chooseFrameworkPorts(String(port))).rejects.toThrow(
    `Port ${port} is in use. Stop the program that uses it, or choose other ports: DEMO_PORT=4200 npm run demo:frameworks`,
  )
  await expect(async () => chooseFrameworkPorts('high')).rejects.toThrow(
    'DEMO_PORT is "high". Set it to a number',
  )
})

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { type Operation, TAGS, type Tag } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import * as responses from './responses.ts'

/** In alphabetical order, as Node has the members of a module, and other loaders don't. */
const SCHEMAS: Readonly<Record<string, v.GenericSchema>> = Object.fromEntries(
  Object.entries(responses).sort(([a], [b]) => (a < b ? -1 : 1)),
)

/** Problems of every operation of a tag. */
const COMMON: Readonly<Record<Tag, readonly number[]>> = {
  sign_in: [400, 403, 415, 429, 503],
  account: [400, 401, 403, 415, 429, 503],
  administration: [400, 401, 403, 415, 429, 503],
  apps: [503],
}

/** Reading needs no body, and is not limited. */
const isOfBodies = (status: number): boolean => [400, 415, 429].includes(status)

/** A schema as JSON Schema, in which the others have references. */
function schemaOf(schema: v.GenericSchema, others: Readonly<Record<string, v.GenericSchema>> = SCHEMAS) {
  const {
    $schema: _,
    $defs: __,
    ...converted
  } = toJsonSchema(schema, {
    typeMode: 'input',
    target: 'draft-2020-12',
    // Checks that only code can make; their sentences are in the answers.
    errorMode: 'ignore',
    definitions: others,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
    overrideSchema({ valibotSchema, jsonSchema }): JsonSchema {
      if (valibotSchema.type === 'lazy') {
        return schemaOf((valibotSchema as unknown as v.LazySchema<v.GenericSchema>).getter(undefined), others)
      }
      const isOpen = valibotSchema.type === 'loose_object'
      return {
        ...jsonSchema,
        ...v.getMetadata(valibotSchema as v.GenericSchema),
        ...(isOpen && { additionalProperties: true }),
      }
    },
  })
  return converted
}

const jsonContent = (schema: object, type = 'application/json') => ({ [type]: { schema } })
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` })

function answersOf({ tag, answers, stream, problems = [], body }: Operation, isRead: boolean) {
  const good = Object.entries(answers).map(([status, name]) => [
    status,
    name === null
      ? { description: 'Done' }
      : {
          description: name,
          content: {
            ...jsonContent(reference(name)),
            ...(stream && { 'text/event-stream': { schema: { type: 'string' } } }),
          },
        },
  ])
  const common = COMMON[tag].filter((status) => !(isOfBodies(status) && (isRead || !body)))
  const bad = [...new Set([...common, ...problems])].map((status) => [
    String(status),
    { $ref: '#/components/responses/Problem' },
  ])
  return Object.fromEntries([...good, ...bad].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
}

const parameter = (where: 'path' | 'query' | 'header') => (name: string) => ({
  name,
  in: where,
  required: where === 'path',
  schema: { type: 'string' },
})

function operationOf(method: string, path: string, operation: Operation) {
  const { tag, summary, query = [], headers = [], body, form } = operation
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const parameters = [
    ...names.map(parameter('path')),
    ...query.map(parameter('query')),
    ...headers.map(parameter('header')),
  ]
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json'
  return {
    tags: [tag],
    summary,
    operationId: `${method} ${path}`
      .replaceAll(/[^a-z0-9]+/gi, '_')
      .replaceAll(/^_|_$/g, '')
      .toLowerCase(),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: jsonContent(schemaOf(body), type) } }),
    responses: answersOf(operation, method === 'GET'),
    ...(tag !== 'apps' && tag !== 'sign_in' && { security: [{ session: [] }] }),
  }
}

/** The OpenAPI 3.1 description of what programs can call. */
export function openApiDocument() {
  const paths: Record<string, Record<string, object>> = {}
  for (const [key, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = key.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(method, path, operation) }
  }
  const manifest = readFileSync(resolve(import.meta.dirname, '../../auth-service/package.json'), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Latchkey auth service',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'What programs can call. Requests that change something come from the origin of the auth service or from no ' +
        'browser. Programs send `Accept: application/json`. Errors are problems (RFC 9457). OpenID Connect and SAML have ' +
        'descriptions of their own: `/.well-known/openid-configuration` and `/saml/metadata`.',
    },
    servers: [
      {
        url: '{auth_url}',
        description: 'AUTH_URL',
        variables: { auth_url: { default: 'https://auth.example.com' } },
      },
    ],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(SCHEMAS).map(([name, schema]) => [name, componentOf(name, schema)]),
      ),
      responses: {
        Problem: {
          description: 'A problem; 429 and 503 say in `Retry-After` when to try again',
          content: jsonContent(reference('Problem'), 'application/problem+json'),
        },
      },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Secure-jwt.refresh',
          description: 'All cookies that signing in has set',
        },
      },
    },
  }
}

/** A named schema itself, and not a reference to it. */
function componentOf(name: string, schema: v.GenericSchema): JsonSchema {
  const { [name]: _, ...others } = SCHEMAS
  return schemaOf(schema, others)
}

/** The document as it is committed. */
export const openApiText = (): string => `${JSON.stringify(openApiDocument(), null, 2)}\n`

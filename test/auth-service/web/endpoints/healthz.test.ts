import { expect, it } from 'vitest'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { onBothDatabases, openService, testConfig } from '../../support/services.ts'

onBothDatabases('GET /healthz', (open) => {
  it('reports that the service is healthy', async () => {
    const response = await createApp(await open()).request('/healthz')
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({ status: 'ok' })
  })
})

it('GET /healthz returns 503 when the database does not respond, and the log says why', async () => {
  const service = await openService(testConfig())
  await service.close()
  const response = await createApp(service).request('/healthz')
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('5')
  expect(await response.json()).toMatchObject({ status: 503 })
  expect(service.logged).toContainEqual(
    expect.objectContaining({ level: 40, err: expect.objectContaining({ message: expect.any(String) }) }),
  )
})

import type { NextConfig } from 'next'

const config: NextConfig = {
  // The page for 403, app/forbidden.tsx.
  experimental: { authInterrupts: true },
}

export default config

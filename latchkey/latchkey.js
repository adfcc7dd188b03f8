#!/usr/bin/env node
import '@latchkey/auth-service/cli'

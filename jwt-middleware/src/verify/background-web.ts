import type * as OnNode from './background-node.ts'

export const createBackground: typeof OnNode.createBackground = () => (run) => run()

export { ALL } from '../[case]'

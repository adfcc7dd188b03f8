export { default } from '../[case].ts'

/**
 * The parser of the command line; the build puts it into this file.
 *
 * @module
 */

export { Command, CommanderError, Option } from 'commander'

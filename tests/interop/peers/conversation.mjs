// One conversation of a peer with the test that started it. In: {given, tasks: {name: {do: verb, ...}}} on standard
// input. Out: {name: {value} or {error: text}} on standard output. `verbs(given)` gives the functions by verb.
// Connections are refused, so whatever a peer needs is in the request; what it logs goes to standard error.

import {readFileSync} from 'node:fs';
import net from 'node:net';

net.Socket.prototype.connect = function() {
  throw new Error('a peer asked for a connection');
};
console.log = console.info = console.error;

export async function converse(verbs) {
  const {given, tasks} = JSON.parse(readFileSync(0, 'utf8'));
  const does = await verbs(given);
  const answers = {};
  for(const [name, {do: verb, ...task}] of Object.entries(tasks)) {
    if(!Object.hasOwn(does, verb)) {
      throw new Error(`no such verb: ${verb}`);
    }
    answers[name] = await attempt(() => does[verb](task));
  }
  process.stdout.write(JSON.stringify(answers));
}

export async function attempt(call) {
  try {
    return {value: await call() ?? null};
  } catch(error) {
    return {error: told(error)};
  }
}

function told(error) {
  const cause = error?.cause ?? error?.details?.cause;
  return `${error?.name}: ${error?.message}${cause ? ` (${told(cause)})` : ''}`;
}

export function documentLoader(documents) {
  return async url => {
    if(!Object.hasOwn(documents, url)) {
      throw new Error(`not in the request: ${url}`);
    }
    return {contextUrl: null, documentUrl: url, document: structuredClone(documents[url])};
  };
}

export const fromHex = text => new Uint8Array(Buffer.from(text, 'hex'));
export const toHex = bytes => Buffer.from(bytes).toString('hex');

// What a verifier of jsonld-signatures says: true, or throws why not.
export function verdict({verified, error}) {
  if(!verified) {
    throw new Error(error.errors?.map(told).join('; ') ?? told(error));
  }
  return true;
}

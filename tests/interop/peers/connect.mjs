// Tries to leave the machine, by each of the ways that peers use: every answer must be an error.

import {converse} from './conversation.mjs';
import https from 'node:https';
import jsonld from 'jsonld';

await converse(() => ({
  fetch: () => fetch('https://localhost:8443/'),
  https: () => new Promise((_, reject) => https.get('https://localhost:8443/').on('error', reject)),
  jsonld: () => jsonld.documentLoader('https://localhost:8443/'),
}));

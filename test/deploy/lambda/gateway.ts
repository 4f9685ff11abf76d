import http from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Listening, listen } from '../../../local/loopback/listen.ts';
import type { Template } from '../template.ts';
import type { RunningFunction } from './function.ts';
import { gatewayEvent, respond } from './gateway-event.ts';

/** An HTTP API with the template's routes: it takes real requests and gives real events to the functions. */
export const startGateway = async (
  { routes }: Template,
  functionOf: (id: string) => RunningFunction,
): Promise<Listening> => {
  const server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const route = routeOf(request, routes);
    if (!route) return response.writeHead(404, JSON_TYPE).end('{"message":"Not Found"}');
    const outcome = await functionOf(route.function).invoke(gatewayEvent(request, body, route.key));
    if (outcome.kind !== 'answer') return response.writeHead(500, JSON_TYPE).end('{"message":"Internal Server Error"}');
    // The functions behind this API answer in no other format.
    respond(JSON.parse(outcome.payload) as APIGatewayProxyStructuredResultV2, response);
  });
  return listen(server, 0);
};

const JSON_TYPE = { 'content-type': 'application/json' };

/** The most specific route: first a full match, then a route with a variable, then `$default`. */
const routeOf = ({ method, url = '/' }: http.IncomingMessage, routes: Template['routes']) => {
  const path = url.replace(/\?.*/s, '');
  return (
    routes.find(({ key }) => key === `${method} ${path}`) ??
    routes.find(({ key }) => patternOf(key).test(`${method} ${path}`)) ??
    routes.find(({ key }) => key === '$default')
  );
};

const patternOf = (key: string): RegExp =>
  new RegExp(
    `^${key
      .replace('$', '\\$')
      .replace(/\{\w+\+\}/g, '.+')
      .replace(/\{\w+\}/g, '[^/]+')}$`,
  );

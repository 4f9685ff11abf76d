import { expect, test } from 'vitest';
import { synthesise } from './synthesised.ts';

// A stage with the user's own domain name.

const domain = {
  name: 'calls.example.com',
  certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0b5e5f0c-1f3a-4b7e-9a47-d3a1c0f5e8aa',
};
const { other: bare, template: without } = synthesise({ domain });
const { other: routed } = synthesise({
  domain: { ...domain, hostedZone: { id: 'Z0123456789ABC', name: 'example.com' } },
  publicUrl: 'https://hooks.example.net',
});
const only = (type: string, { template }: typeof bare = bare) => {
  const [[id, resource] = [], ...others] = Object.entries(template.findResources(type));
  expect(others).toEqual([]);
  return { id, ...resource?.Properties, DependsOn: resource?.DependsOn };
};

test('the HTTP API answers under it, with the certificate given and TLS 1.2', () => {
  const name = only('AWS::ApiGatewayV2::DomainName');
  expect(name).toMatchObject({
    DomainName: 'calls.example.com',
    DomainNameConfigurations: [
      { CertificateArn: domain.certificateArn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
    ],
  });
  expect(only('AWS::ApiGatewayV2::ApiMapping')).toMatchObject({
    DomainName: { Ref: name.id },
    ApiId: { Ref: only('AWS::ApiGatewayV2::Api').id },
    Stage: '$default',
    // A reference to the stage's name alone would not make CloudFormation wait for the stage.
    DependsOn: [only('AWS::ApiGatewayV2::Stage').id],
  });
  // A mapping key would add a path before every route, and to the URL that senders sign.
  expect(only('AWS::ApiGatewayV2::ApiMapping')).not.toHaveProperty('ApiMappingKey');
});

test('the hook URLs begin with it, and functions verify signatures by it', () => {
  expect(bare.outputs).toContain('https://calls.example.com/hooks/twilio');
  const { Variables } = bare.find('AWS::Lambda::Function', 'receive').Properties.Environment;
  expect(Variables.PUBLIC_URL).toBe('https://calls.example.com');
});

test('without a zone the deploy says which record to make, and makes none', () => {
  const { id } = only('AWS::ApiGatewayV2::DomainName');
  expect(bare.outputs).toContain(`calls.example.com CNAME <${id}.RegionalDomainName>`);
  bare.template.resourceCountIs('AWS::Route53::RecordSet', 0);
});

test('with a zone the deploy makes the record, and asks for none', () => {
  const { id } = only('AWS::ApiGatewayV2::DomainName', routed);
  expect(only('AWS::Route53::RecordSet', routed)).toMatchObject({
    Name: 'calls.example.com.',
    Type: 'A',
    HostedZoneId: 'Z0123456789ABC',
    AliasTarget: {
      DNSName: { 'Fn::GetAtt': [id, 'RegionalDomainName'] },
      HostedZoneId: { 'Fn::GetAtt': [id, 'RegionalHostedZoneId'] },
    },
  });
  expect(routed.outputs.filter((output) => output.includes('CNAME'))).toEqual([]);
});

test('another public URL goes before it, as with a CDN in front', () => {
  expect(routed.outputs).toContain('https://hooks.example.net/hooks/twilio');
});

test('a stage without one has the address of the API alone', () => {
  without.resourceCountIs('AWS::ApiGatewayV2::DomainName', 0);
});

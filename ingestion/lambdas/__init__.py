"""Handlers for AWS Lambda: the same way from a record to the landing zone, with Lambda's promises.

ingestion.lambdas.sqs_batch.handler             a batch of an SQS queue into the landing zone
ingestion.lambdas.kinesis_batch.handler         a batch of a Kinesis shard into the landing zone
ingestion.lambdas.firehose_transform.handler    records that Firehose writes into the landing zone by itself
"""

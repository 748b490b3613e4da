//! The model files that are part of the program.

use std::path::Path;
use std::sync::Arc;

use crate::models::source::{Layer, SourceFile};

/// Every file under `models/`, by its path inside that folder.
pub const EMBEDDED_FILES: &[(&str, &str)] = &[
    ("citations.toml", include_str!("../../models/citations.toml")),
    ("guarantees.toml", include_str!("../../models/guarantees.toml")),
    ("invocation/async.toml", include_str!("../../models/invocation/async.toml")),
    ("invocation/queue_poll.toml", include_str!("../../models/invocation/queue_poll.toml")),
    ("invocation/stream_poll.toml", include_str!("../../models/invocation/stream_poll.toml")),
    ("invocation/sync.toml", include_str!("../../models/invocation/sync.toml")),
    ("limits.toml", include_str!("../../models/limits.toml")),
    ("policies.toml", include_str!("../../models/policies.toml")),
    ("prices.toml", include_str!("../../models/prices.toml")),
    ("profile.toml", include_str!("../../models/profile.toml")),
    ("properties.toml", include_str!("../../models/properties.toml")),
    ("services/access.toml", include_str!("../../models/services/access.toml")),
    ("services/function.toml", include_str!("../../models/services/function.toml")),
    ("services/pattern.toml", include_str!("../../models/services/pattern.toml")),
    ("services/sqs_fifo.toml", include_str!("../../models/services/sqs_fifo.toml")),
    ("services/sqs_standard.toml", include_str!("../../models/services/sqs_standard.toml")),
    ("sources/alb.toml", include_str!("../../models/sources/alb.toml")),
    ("sources/alexa.toml", include_str!("../../models/sources/alexa.toml")),
    ("sources/api_gateway.toml", include_str!("../../models/sources/api_gateway.toml")),
    ("sources/appsync.toml", include_str!("../../models/sources/appsync.toml")),
    ("sources/cloudformation.toml", include_str!("../../models/sources/cloudformation.toml")),
    ("sources/cloudwatch_alarm.toml", include_str!("../../models/sources/cloudwatch_alarm.toml")),
    ("sources/cloudwatch_logs.toml", include_str!("../../models/sources/cloudwatch_logs.toml")),
    ("sources/codecommit.toml", include_str!("../../models/sources/codecommit.toml")),
    ("sources/codepipeline.toml", include_str!("../../models/sources/codepipeline.toml")),
    ("sources/cognito.toml", include_str!("../../models/sources/cognito.toml")),
    ("sources/config.toml", include_str!("../../models/sources/config.toml")),
    ("sources/custom.toml", include_str!("../../models/sources/custom.toml")),
    ("sources/documentdb.toml", include_str!("../../models/sources/documentdb.toml")),
    ("sources/dynamodb_streams.toml", include_str!("../../models/sources/dynamodb_streams.toml")),
    ("sources/event_bus_custom.toml", include_str!("../../models/sources/event_bus_custom.toml")),
    ("sources/eventbridge.toml", include_str!("../../models/sources/eventbridge.toml")),
    ("sources/firehose.toml", include_str!("../../models/sources/firehose.toml")),
    ("sources/function_url.toml", include_str!("../../models/sources/function_url.toml")),
    ("sources/http_api.toml", include_str!("../../models/sources/http_api.toml")),
    ("sources/iot.toml", include_str!("../../models/sources/iot.toml")),
    ("sources/kinesis.toml", include_str!("../../models/sources/kinesis.toml")),
    ("sources/lambda_edge.toml", include_str!("../../models/sources/lambda_edge.toml")),
    ("sources/lex.toml", include_str!("../../models/sources/lex.toml")),
    ("sources/mq.toml", include_str!("../../models/sources/mq.toml")),
    ("sources/msk.toml", include_str!("../../models/sources/msk.toml")),
    ("sources/pipes.toml", include_str!("../../models/sources/pipes.toml")),
    ("sources/s3.toml", include_str!("../../models/sources/s3.toml")),
    ("sources/s3_batch.toml", include_str!("../../models/sources/s3_batch.toml")),
    ("sources/s3_object_lambda.toml", include_str!("../../models/sources/s3_object_lambda.toml")),
    ("sources/schedule.toml", include_str!("../../models/sources/schedule.toml")),
    ("sources/scheduler.toml", include_str!("../../models/sources/scheduler.toml")),
    ("sources/sdk.toml", include_str!("../../models/sources/sdk.toml")),
    ("sources/sdk_event.toml", include_str!("../../models/sources/sdk_event.toml")),
    ("sources/secrets_manager.toml", include_str!("../../models/sources/secrets_manager.toml")),
    ("sources/self_managed_kafka.toml", include_str!("../../models/sources/self_managed_kafka.toml")),
    ("sources/ses.toml", include_str!("../../models/sources/ses.toml")),
    ("sources/sns.toml", include_str!("../../models/sources/sns.toml")),
    ("sources/sns_http.toml", include_str!("../../models/sources/sns_http.toml")),
    ("sources/sns_fifo.toml", include_str!("../../models/sources/sns_fifo.toml")),
    ("sources/sqs.toml", include_str!("../../models/sources/sqs.toml")),
    ("sources/step_functions.toml", include_str!("../../models/sources/step_functions.toml")),
    ("sources/websocket_api.toml", include_str!("../../models/sources/websocket_api.toml")),
];

/// The embedded files, ready to be read.
pub(super) fn files() -> Vec<SourceFile> {
    let file = |&(path, text): &(&str, &str)| {
        let name = Arc::new(Path::new("models").join(path));
        SourceFile::new(path.to_owned(), name, text.to_owned(), Layer::Embedded)
    };
    EMBEDDED_FILES.iter().map(file).collect()
}

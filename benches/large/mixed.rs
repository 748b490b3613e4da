//! A template of two hundred functions as a grown product has them: many small systems that have nothing to do with each
//! other, and one of 38 functions that hang together by a bus.
//!
//! Settings differ from copy to copy, so that no two systems of a kind behave alike, and some are mistakes. Every kind
//! is a text in which `@` stands for the number of the copy, `%name%` for what differs.

/// A system and how many there are of it.
struct Kind {
    copies: usize,
    text: &'static str,
}

/// 60 × 1, 25 × 2, 8 × 3, 10 × 1, 6 × 1, 6 × 1 and 3 × 2 functions.
const KINDS: [Kind; 7] = [
    Kind { copies: 60, text: WORKER },
    Kind { copies: 25, text: WEB },
    Kind { copies: 8, text: FAN_OUT },
    Kind { copies: 10, text: NIGHTLY },
    Kind { copies: 6, text: UPLOADS },
    Kind { copies: 6, text: ORDERED },
    Kind { copies: 3, text: ROUND },
];

/// The part around the bus: 8 × 1, 2 × 1, 16 × 1 and 6 × 2 functions.
const AROUND_THE_BUS: [Kind; 4] = [
    Kind { copies: 8, text: LISTENER },
    Kind { copies: 2, text: PUBLISHER },
    Kind { copies: 16, text: BUFFERED },
    Kind { copies: 6, text: ANNOUNCED },
];

pub(crate) fn template() -> String {
    let mut text = HEAD.to_owned();
    for kind in KINDS.iter().chain(&AROUND_THE_BUS) {
        (0..kind.copies).for_each(|copy| text.push_str(&filled(kind.text, copy)));
    }
    text
}

/// The copy of a system: what differs follows from its number, with steps that share no factor.
fn filled(text: &str, copy: usize) -> String {
    let timeout = [30, 60, 10, 120][copy % 4];
    let visibility = if copy % 7 == 3 { timeout / 2 } else { timeout * 6 };
    let reports = if copy % 3 == 1 { ", FunctionResponseTypes: [ReportBatchItemFailures]" } else { "" };
    let differing = [
        ("%timeout%", timeout.to_string()),
        ("%visibility%", visibility.to_string()),
        ("%batch%", [10, 1, 5][copy % 3].to_string()),
        ("%receives%", (1 + copy % 5).to_string()),
        ("%kept%", [1_209_600, 345_600][copy % 2].to_string()),
        ("%attempts%", (copy % 3).to_string()),
        ("%reports%", reports.to_owned()),
    ];
    let numbered = written_out(text).replace('@', &copy.to_string());
    differing.iter().fold(numbered, |text, (place, value)| text.replace(place, value))
}

/// The text with what its lines `%worked off%` stand for.
fn written_out(text: &str) -> String {
    let line = |line: &str| match line
        .trim()
        .strip_prefix("%worked off% ")
        .and_then(|names| names.split_once(' '))
    {
        Some((queues, function)) => WORKED_OFF.replace('<', queues).replace('>', function),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

const HEAD: &str = r"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: provided.al2023, Handler: bootstrap, CodeUri: .}
Resources:
  Shop: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  BusDead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  BusDeadPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref BusDead]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: 'sqs:SendMessage', Resource: '*'}]}
";

/// A queue that a function works off, with its dead-letter queue: what a line `%worked off%` stands for. `<` is what the
/// names of the queues begin with, `>` the function's name.
const WORKED_OFF: &str = r"
  <Dead@: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: %kept%}}
  <Queue@:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: %visibility%
      RedrivePolicy: {deadLetterTargetArn: !GetAtt <Dead@.Arn, maxReceiveCount: %receives%}
  >@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: %timeout%
      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt <Queue@.Arn, BatchSize: %batch%%reports%}}}
";

/// Queue, function, dead-letter queue.
const WORKER: &str = r"
  %worked off% Worker Worker
";

/// A route whose function sends to a queue that another one works off.
const WEB: &str = r"
  WebApi@: {Type: AWS::Serverless::HttpApi}
  Web@:
    Type: AWS::Serverless::Function
    Metadata: {redrive: {sends-to: [WebQueue@]}}
    Properties:
      Timeout: 10
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt WebQueue@.QueueName}}]
      Environment: {Variables: {QUEUE: !Ref WebQueue@}}
      Events: {Post: {Type: HttpApi, Properties: {ApiId: !Ref WebApi@, Path: /orders, Method: post}}}
  %worked off% Web WebWorker
";

/// A topic with two functions and a queue that a third one works off.
const FAN_OUT: &str = r"
  Topic@: {Type: AWS::SNS::Topic}
  TopicDead@: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  Mail@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: %timeout%
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt TopicDead@.Arn}
      Events: {In: {Type: SNS, Properties: {Topic: !Ref Topic@}}}
  Audit@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      EventInvokeConfig: {MaximumRetryAttempts: %attempts%}
      Events: {In: {Type: SNS, Properties: {Topic: !Ref Topic@, FilterPolicy: {kind: [order, refund]}}}}
  Index@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 5
      Events: {In: {Type: SNS, Properties: {Topic: !Ref Topic@, SqsSubscription: true}}}
";

/// A schedule whose function has a destination for what fails.
const NIGHTLY: &str = r"
  NightlyFailed@: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  Nightly@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: %timeout%
      EventInvokeConfig:
        MaximumRetryAttempts: %attempts%
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt NightlyFailed@.Arn}}
      Events: {In: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(15 minutes)}}}
";

/// A bucket that tells a function.
const UPLOADS: &str = r"
  Uploads@: {Type: AWS::S3::Bucket}
  Upload@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: %timeout%
      Events: {In: {Type: S3, Properties: {Bucket: !Ref Uploads@, Events: 's3:ObjectCreated:*'}}}
";

/// A FIFO queue.
const ORDERED: &str = r"
  OrderedDead@: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, MessageRetentionPeriod: 1209600}}
  OrderedQueue@:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      VisibilityTimeout: %visibility%
      RedrivePolicy: {deadLetterTargetArn: !GetAtt OrderedDead@.Arn, maxReceiveCount: %receives%}
  Ordered@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: %timeout%
      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt OrderedQueue@.Arn, BatchSize: %batch%%reports%}}}
";

/// Two functions that send to each other's queue.
const ROUND: &str = r"
  There@: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 180}}
  Back@: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 180}}
  Ask@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Back@.QueueName}}]
      Environment: {Variables: {QUEUE: !Ref Back@}}
      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt There@.Arn}}}
  Answer@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt There@.QueueName}}]
      Environment: {Variables: {QUEUE: !Ref There@}}
      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt Back@.Arn}}}
";

/// A function that a rule of the bus calls.
const LISTENER: &str = r"
  Listener@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: %timeout%
      EventInvokeConfig: {MaximumRetryAttempts: %attempts%}
      Events:
        In:
          Type: EventBridgeRule
          Properties:
            EventBusName: !Ref Shop
            Pattern: {source: [shop], detail-type: [order, kind@]}
            DeadLetterConfig: {Arn: !GetAtt BusDead.Arn}
";

/// A route whose function puts events on the bus.
const PUBLISHER: &str = r"
  PublisherApi@: {Type: AWS::Serverless::HttpApi}
  Publisher@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 10
      Policies: [{EventBridgePutEventsPolicy: {EventBusName: !Ref Shop}}]
      Environment: {Variables: {BUS: !Ref Shop}}
      Events: {Post: {Type: HttpApi, Properties: {ApiId: !Ref PublisherApi@, Path: /orders, Method: post}}}
";

/// A rule of the bus that fills a queue, and the function that works it off.
const BUFFERED: &str = r"
  BufferedPolicy@:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref BufferedQueue@]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: 'sqs:SendMessage', Resource: '*'}]}
  BufferedRule@:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Shop
      EventPattern: {source: [shop], detail-type: [order, paid@]}
      Targets: [{Id: queue, Arn: !GetAtt BufferedQueue@.Arn}]
  %worked off% Buffered Buffered
";

/// A rule of the bus that publishes to a topic with two functions.
const ANNOUNCED: &str = r"
  News@: {Type: AWS::SNS::Topic}
  NewsPolicy@:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref News@]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: 'sns:Publish', Resource: '*'}]}
  NewsRule@:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Shop
      EventPattern: {source: [shop], detail-type: [order, news@]}
      Targets: [{Id: topic, Arn: !Ref News@}]
  Reader@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: %timeout%
      Events: {In: {Type: SNS, Properties: {Topic: !Ref News@}}}
  Archive@:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt BusDead.Arn}
      Events: {In: {Type: SNS, Properties: {Topic: !Ref News@}}}
";

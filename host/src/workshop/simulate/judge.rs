//! Asks the rule about many players at once.

use std::sync::Arc;

use tokio::task::{JoinError, JoinHandle};

use super::crowd::Sent;
use crate::model::participation::Admission;
use crate::model::{Participation, PlayerId, Time};
use crate::referee::{Attributes, Decision, EventInput, Scored, admission_of, input};
use crate::rules::{
    Assessment, CallResult, FailedCall, Logs, Plugin, Refusal, RuleFailure, Rules, Usage, Verdict, cores,
};
use crate::workshop::case::CallName;
use crate::workshop::case::write::Input;
use crate::workshop::examine::ATTEMPTS;

/// Below so many questions, other threads would cost more than they help.
const FEW: usize = 16;

/// Asks the rule.
#[derive(Clone)]
pub struct Judge {
    rules: Rules,
    plugin: Arc<Plugin>,
    threads: usize,
}

/// What the rule is asked about one player.
#[derive(Debug)]
pub struct Question {
    /// When.
    pub at: Time,
    /// Who.
    pub player: PlayerId,
    /// What the game knows of the player.
    pub attributes: Arc<Attributes>,
    /// What the player does.
    pub about: About,
}

/// What a question is about.
#[derive(Debug)]
pub enum About {
    /// May the player join, or come back who had left like this?
    Join(Option<Arc<Participation>>),
    /// What is a report worth to this participation?
    Report(Arc<Participation>, Sent),
}

/// What the rule says.
#[derive(Debug)]
pub struct Ruling {
    /// What was asked.
    pub call: CallName,
    /// The answer.
    pub answer: Answer,
    /// What it took.
    pub usage: Usage,
}

/// The answer of a rule.
#[derive(Debug)]
pub enum Answer {
    /// Come in, with this.
    Admitted(Box<Admission>),
    /// The report counts.
    Scored(Box<Scored>),
    /// No, and why.
    Refused(Refusal),
    /// None, or none that can be used.
    Failed(Box<Failed>),
}

/// A call without an answer that can be used.
#[derive(Debug)]
pub struct Failed {
    /// The stable word for it.
    pub code: &'static str,
    /// What went wrong.
    pub message: String,
    /// Where in the plugin, innermost function first.
    pub backtrace: Vec<String>,
    /// What the rule wrote to its log.
    pub logs: Logs,
    /// The call.
    pub input: Input,
}

impl Failed {
    pub(super) fn of(failed: &FailedCall, input: Input) -> Box<Self> {
        let FailedCall { failure, backtrace, logs, .. } = failed.clone();
        Box::new(Self { code: failure.code(), message: failure.to_string(), backtrace, logs, input })
    }

    /// An answer that is valid by itself, but cannot be kept.
    pub(super) fn bad_output(message: String, input: Input) -> Box<Self> {
        let code = RuleFailure::BadOutput { why: String::new() }.code();
        Box::new(Self { code, message, backtrace: Vec::new(), logs: Logs::default(), input })
    }
}

impl Judge {
    /// Asks this plugin, on as many threads as there are cores.
    #[must_use]
    pub fn new(rules: Rules, plugin: Arc<Plugin>) -> Self {
        let threads = cores();
        Self { rules, plugin, threads }
    }

    /// Asks all questions of the event as it stands: the answers, in their order, whichever thread has asked.
    ///
    /// # Errors
    /// A thread has panicked.
    pub async fn rule(&self, event: &Arc<EventInput>, questions: Vec<Question>) -> Result<Vec<Ruling>, JoinError> {
        let chunk = questions.len().div_ceil(self.threads).max(1);
        let mut parts: Vec<JoinHandle<Vec<Ruling>>> = Vec::with_capacity(self.threads);
        if questions.len() < FEW || self.threads == 1 {
            return Ok(self.clone().rule_in_order(Arc::clone(event), questions).await);
        }
        let mut questions = questions.into_iter();
        loop {
            let part: Vec<Question> = questions.by_ref().take(chunk).collect();
            if part.is_empty() {
                break;
            }
            parts.push(tokio::spawn(self.clone().rule_in_order(Arc::clone(event), part)));
        }
        let mut rulings = Vec::new();
        for part in parts {
            rulings.append(&mut part.await?);
        }
        Ok(rulings)
    }

    async fn rule_in_order(self, event: Arc<EventInput>, questions: Vec<Question>) -> Vec<Ruling> {
        let mut rulings = Vec::with_capacity(questions.len());
        for question in &questions {
            rulings.push(match &question.about {
                About::Join(before) => self.check(&event, question, before.as_deref()).await,
                About::Report(before, sent) => self.score(&event, question, before, sent).await,
            });
        }
        rulings
    }

    async fn check(&self, event: &EventInput, question: &Question, before: Option<&Participation>) -> Ruling {
        let Question { at, player, attributes, .. } = question;
        let application = || input::application(event, player, before, attributes, *at);
        let (answer, usage) = match patiently(|| self.rules.check(&self.plugin, application())).await {
            Ok(call) => {
                let answer = match call.answer {
                    Verdict::Admit(admission) => match admission_of(admission) {
                        Ok(admission) => Answer::Admitted(Box::new(admission)),
                        Err(bad) => Answer::Failed(Failed::bad_output(bad.to_string(), Input::Check(application()))),
                    },
                    Verdict::Refuse(refusal) => Answer::Refused(refusal),
                };
                (answer, call.usage)
            }
            Err(failed) => (Answer::Failed(Failed::of(&failed, Input::Check(application()))), failed.usage),
        };
        Ruling { call: CallName::Check, answer, usage }
    }

    async fn score(&self, event: &EventInput, question: &Question, before: &Participation, sent: &Sent) -> Ruling {
        let Question { at, attributes, .. } = question;
        let card = || input::scorecard(event, before, attributes, &sent.actions, sent.progress.as_ref(), *at);
        let (answer, usage) = match patiently(|| self.rules.score(&self.plugin, card())).await {
            Ok(call) => {
                let decision = match call.answer {
                    Assessment::Scored(outcome) => Scored::of(outcome, before).map(Decision::Granted),
                    Assessment::Refused(refusal) => Ok(Decision::Refused(refusal)),
                };
                let answer = match decision {
                    Ok(Decision::Granted(scored)) => Answer::Scored(Box::new(scored)),
                    Ok(Decision::Refused(refusal)) => Answer::Refused(refusal),
                    Err(bad) => Answer::Failed(Failed::bad_output(bad.to_string(), Input::Score(card()))),
                };
                (answer, call.usage)
            }
            Err(failed) => (Answer::Failed(Failed::of(&failed, Input::Score(card()))), failed.usage),
        };
        Ruling { call: CallName::Score, answer, usage }
    }
}

/// Makes a call again that the clock has stopped: that says something about the machine, not about the rule.
pub(super) async fn patiently<T, Calling: Future<Output = CallResult<T>>>(
    mut call: impl FnMut() -> Calling,
) -> CallResult<T> {
    let mut attempt = 1;
    loop {
        match call().await {
            Err(failed) if failed.failure.is_transient() && attempt < ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

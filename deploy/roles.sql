-- What docs/operator.md asks a superuser to create once; PostgreSQL's image runs it when it makes the cluster.
\getenv password QA_DATABASE_PASSWORD
CREATE ROLE qaplatform LOGIN PASSWORD :'password';
CREATE ROLE qaplatform_labeler NOLOGIN;
GRANT qaplatform_labeler TO qaplatform;
CREATE DATABASE qaplatform OWNER qaplatform ENCODING 'UTF8';
